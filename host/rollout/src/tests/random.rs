//! Long random histories of the default plan, from fixed seeds: a failure names its seed and can be repeated.

use std::ops::Range;

use super::advisory::{advising, assert_same};
use super::course::run;
use super::facts;
use super::faults::{READ_FAULTS, WRITE_FAULTS};
use super::judge::Judge;
use super::sample::{self, Reply, baseline, four_stages, ms};
use super::sim::{Interrupt, ReadFault, Script};
use super::sim_state::WriteFault;
use crate::{Action, Event, Fact, Intent, Kind, Lease, Rollout, Timestamp, Traffic};

/// SplitMix64 (Steele, Lea, Flood 2014): a few lines, and the same numbers on every machine.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end).unwrap()).unwrap()
    }

    fn one_in(&mut self, chances: usize) -> bool {
        self.below(chances) == 0
    }

    fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())].clone()
    }
}

/// How many histories there are, each from its own seed.
const WALKS: u64 = 3_000;

/// How many of them the loop of an edit runs.
const SHORT: u64 = 750;

/// What a platform without faults shows.
struct Faultless {
    traffic: Traffic,
    lease: Option<Lease>,
}

impl Faultless {
    fn fact(&self, rollout: &Rollout, action: &Action) -> Fact {
        match action {
            Action::Observe { .. } => Fact::Observed {
                traffic: self.traffic.clone(),
                lease: self.lease.clone(),
                ended: None,
                stable: None,
                settled: true,
            },
            Action::Ask { kind, stage, .. } => Fact::Answered {
                kind: *kind,
                answers: sample::answers(rollout.gates_for(*kind, *stage), Reply::Pass),
            },
            _ => facts::following(rollout, action).remove(0).1,
        }
    }
}

#[test]
fn random_facts_never_break_an_invariant() {
    walk_all(0..SHORT);
}

#[test]
#[ignore = "the long walk; .ci/run runs it with --ignored"]
fn more_random_facts_never_break_an_invariant() {
    walk_all(SHORT..WALKS);
}

fn walk_all(seeds: Range<u64>) {
    let mut ends = std::collections::BTreeMap::<String, u32>::new();
    for seed in seeds {
        *ends.entry(walk(seed)).or_default() += 1;
    }
    println!("{ends:?}");
    for end in ["Promoted", "Refused", "RolledBack", "Superseded"] {
        assert!(ends.contains_key(end), "no walk ends {end}: {ends:?}");
    }
}

/// Walks to the end, with a random fact now and then, and returns the outcome's name.
fn walk(seed: u64) -> String {
    let mut dice = Dice(seed);
    let mut rollout = Rollout::new(sample::RUN.to_owned(), four_stages(), Intent::Rollout);
    let mut judge = Judge::default();
    let mut now = Timestamp::default();
    let mut platform = Faultless {
        traffic: baseline(),
        lease: None,
    };
    let faults_one_in = dice.pick(&[3, 10, 30, 100]);
    for _ in 0..20_000 {
        let action = rollout.next_action();
        if let Action::Finish(outcome) = action {
            let text = format!("{outcome:?}");
            return text.chars().take_while(|c| c.is_alphabetic()).collect();
        }
        let fact = if !dice.one_in(faults_one_in) {
            platform.fact(&rollout, &action)
        } else if dice.one_in(8) {
            dice.pick(&facts::interruptions()).1
        } else {
            dice.pick(&facts::following(&rollout, &action)).1
        };
        now = match (&action, &fact) {
            (Action::Wait { until }, Fact::Waited) => now.max(*until),
            _ => now.after(ms(dice.next() % 3_000)),
        };
        if let (Action::Write { traffic, lease, .. }, false) =
            (&action, matches!(fact, Fact::WriteRefused { .. }))
        {
            (platform.traffic, platform.lease) = (traffic.clone(), lease.clone());
        }
        if let Err(broken) = Judge::judge_advice(&rollout, now) {
            panic!("seed {seed}: {broken} in {:?}", rollout.phase());
        }
        let before = rollout.clone();
        let event = Event { at: now, fact };
        rollout.apply(&event).unwrap();
        if let Err(broken) = judge.saw(&before, &action, &event, &rollout) {
            panic!(
                "seed {seed}: {broken} after {event:?} in {:?}",
                before.phase()
            );
        }
    }
    panic!("seed {seed}: no end in sight in {:?}", rollout.phase());
}

#[test]
fn random_faults_end_in_true_outcomes() {
    run_all(0..SHORT);
}

#[test]
#[ignore = "the long walk; .ci/run runs it with --ignored"]
fn more_random_faults_end_in_true_outcomes() {
    run_all(SHORT..WALKS);
}

fn run_all(seeds: Range<u64>) {
    for seed in seeds {
        let script = script(seed);
        let text = format!("{script:?}");
        let course = std::panic::catch_unwind(|| run(&four_stages(), script));
        assert!(course.is_ok(), "seed {seed}: {text}");
    }
}

#[test]
fn random_faults_lead_to_the_same_with_gates_that_decide_nothing() {
    same_all(0..SHORT / 5);
}

#[test]
#[ignore = "the long walk; .ci/run runs it with --ignored"]
fn more_random_faults_lead_to_the_same_with_gates_that_decide_nothing() {
    same_all(SHORT / 5..WALKS);
}

/// Runs each script without and with gates that decide nothing, which answer at random. Requests to end arrive after an event,
/// since calls beside the run have no part in the count of its own, and the journal does not fail, since it has more lines.
fn same_all(seeds: Range<u64>) {
    for seed in seeds {
        let script = Script {
            interrupts: std::collections::BTreeMap::new(),
            journal_fails_at: None,
            ..script(seed)
        };
        let mut dice = Dice(seed ^ 0xad);
        let replies: Vec<Reply> = (0..4).map(|_| dice.pick(&Reply::ALL)).collect();
        let longest = dice.pick(&[1, 2_000, 60_000, 900_000]);
        let takes = Some(ms(dice.next() % longest)).filter(|_| !dice.one_in(3));
        let cancel = dice.one_in(2).then(|| 1 + dice.below(60));
        let advice = advising(script.clone(), takes, &replies);
        assert_same(&four_stages(), &script, &advice, cancel);
    }
}

/// Returns up to three faults, a bad gate and a request to end, at random places.
fn script(seed: u64) -> Script {
    let mut dice = Dice(seed);
    let mut script = Script::default();
    for _ in 0..dice.below(3) {
        script
            .writes
            .insert(dice.below(6), dice.pick(&WRITE_FAULTS));
    }
    if dice.one_in(2) {
        script.reads.insert(dice.below(14), dice.pick(&READ_FAULTS));
    }
    // The engine believes two reads in a row, so a platform may show the past in one read only.
    let stale = |fault: &WriteFault| matches!(fault, WriteFault::Stale(_));
    if script.writes.values().any(stale) {
        script.reads.retain(|_, fault| *fault != ReadFault::Stale);
    }
    if dice.one_in(2) {
        let weights = [(0, 10), (10, 10), (10, 25), (25, 50), (50, 50), (100, 100)];
        let (from, to) = dice.pick(&weights);
        let kind = dice.pick(&[Kind::HealthCheck, Kind::PromotionGate]);
        let replies = (0..3).map(|_| dice.pick(&Reply::ALL)).collect();
        script.replies.insert((kind, from, to), replies);
    }
    for _ in 0..dice.below(3) {
        let interrupt = dice.pick(&[
            Interrupt::Afterwards,
            Interrupt::Meanwhile,
            Interrupt::Unanswered { applied: true },
            Interrupt::Unanswered { applied: false },
        ]);
        script.interrupts.insert(dice.below(100), interrupt);
    }
    if dice.one_in(10) {
        script.journal_fails_at = Some(dice.below(100));
    }
    script
}
