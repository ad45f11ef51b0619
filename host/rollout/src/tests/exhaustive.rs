//! Every history of a two-stage plan, breadth first, until no new state appears.
//!
//! A state is the engine, the judge and the time, with all times relative to now: two states that differ only in their
//! age are one. At every state everything happens that can follow the action, and a request to end and the loss of the
//! journal as well. The two largest walks are ignored in the short loop; `cargo test -p rollout -- --ignored` runs them.

use std::collections::{BTreeMap, VecDeque};
use std::hash::{Hash as _, Hasher};

use super::facts;
use super::judge::Judge;
use super::sample::{self, ms};
use crate::{Action, Event, Fact, Intent, Memory, OnDeadline, Outcome, Phase, Rollout, Timestamp};

/// A plan with more states than this is not small any more.
const STATES_MAX: usize = 400_000;

/// A state on the way: enough to go on from.
#[derive(Clone)]
struct Node {
    rollout: Rollout,
    judge: Judge,
    now: Timestamp,
    /// True when the last event was a look beside an action. The next look is a watch interval away, unless this one is
    /// to be confirmed.
    looked: bool,
}

/// How a state was reached first.
struct Origin {
    from: usize,
    event: String,
}

/// All states found so far, by number. Only their keys are kept; a story is found by walking again from the start.
struct Space {
    start: Node,
    origins: Vec<Option<Origin>>,
    /// The end of each state, where it is one.
    outcomes: Vec<Option<String>>,
    by_key: BTreeMap<Vec<u8>, usize>,
    edges: Vec<(usize, usize)>,
    /// The shortest story of each broken invariant.
    broken: BTreeMap<String, String>,
}

#[test]
#[ignore = "the long walk; .ci/run runs it with --ignored"]
fn every_history_of_a_plan_that_rolls_back_keeps_the_invariants() {
    let wanted =
        "Cancelled Promoted PromotedWithLease Refused RolledBack Stuck Superseded Unverified";
    explore(OnDeadline::RollBack, Intent::Rollout, wanted);
}

#[test]
#[ignore = "the long walk; .ci/run runs it with --ignored"]
fn every_history_of_a_plan_that_freezes_keeps_the_invariants() {
    let wanted =
        "Cancelled Held Promoted PromotedWithLease Refused RolledBack Stuck Superseded Unverified";
    explore(OnDeadline::Freeze, Intent::Rollout, wanted);
}

#[test]
#[ignore = "the long walk; .ci/run runs it with --ignored"]
fn every_history_of_a_resumed_run_keeps_the_invariants() {
    let wanted =
        "Cancelled Held Promoted PromotedWithLease Refused RolledBack Stuck Superseded Unverified";
    explore(OnDeadline::Freeze, Intent::Resume, wanted);
}

#[test]
fn every_history_of_an_abort_keeps_the_invariants() {
    let by = "a person".to_owned();
    let wanted = "Cancelled Idle Refused RolledBack Stuck Superseded Unverified";
    explore(OnDeadline::RollBack, Intent::Abort { by, to: None }, wanted);
}

fn explore(on_deadline: OnDeadline, intent: Intent, ends: &str) {
    let plan = sample::two_stages(on_deadline);
    let what = format!("{intent:?} with {on_deadline:?}");
    let judge = match intent {
        Intent::Resume => Judge::of_held(0),
        _ => Judge::default(),
    };
    let start = Node {
        rollout: Rollout::new(sample::RUN.to_owned(), plan, intent),
        judge,
        now: Timestamp::default(),
        looked: false,
    };
    let mut space = Space::new(start);
    let mut queue = VecDeque::from([(0, space.start.clone())]);
    while let Some((from, node)) = queue.pop_front() {
        assert!(
            space.origins.len() < STATES_MAX,
            "the state space does not close"
        );
        if let Err(broken) = Judge::judge_advice(&node.rollout, node.now) {
            space.break_with(broken, from, "an answer that decides nothing");
        }
        let mut reached: Vec<usize> = Vec::new();
        for (name, event) in successors(&node) {
            let next = match step(&node, &event) {
                Ok(next) => next,
                Err(broken) => {
                    space.break_with(broken, from, &name);
                    continue;
                }
            };
            let (to, is_new) = space.add(&next, from, name);
            if is_new {
                queue.push_back((to, next));
            }
            if !reached.contains(&to) {
                reached.push(to);
                space.edges.push((from, to));
            }
        }
    }
    let broken: Vec<String> = space.broken.values().cloned().collect();
    assert!(broken.is_empty(), "{}", broken.join("\n\n"));
    space.assert_that_every_path_ends();
    assert_eq!(space.ends().join(" "), ends);
    let (states, transitions) = (space.origins.len(), space.edges.len());
    println!("{what}: {states} states, {transitions} transitions");
}

/// The answers whose lateness can matter, by the ends of their names.
const SLOW: [&str; 9] = [
    " pass",
    " hold",
    " broke",
    "not ready yet",
    "unobserved",
    "observed the baseline",
    "observed 50 %",
    "unsettled 50 %",
    "observed foreign traffic",
];

/// Returns what may happen next, at once or after longer than any deadline.
fn successors(node: &Node) -> Vec<(String, Event)> {
    let action = node.rollout.next_action();
    if matches!(action, Action::Finish(_)) {
        return Vec::new();
    }
    let soon = match action {
        Action::Wait { until } => node.now.max(until),
        _ => node.now,
    };
    let slow = soon.after(ms(60));
    let mut events = Vec::new();
    let may_look = !node.looked || node.rollout.look().is_some_and(|look| look.confirms);
    for (name, fact) in facts::following(&node.rollout, &action) {
        if is_look(&action, &fact) && !may_look {
            continue;
        }
        let event = |at| Event {
            at,
            fact: fact.clone(),
        };
        events.push((name.clone(), event(soon)));
        if SLOW.iter().any(|slow| name.ends_with(slow)) {
            events.push((format!("slowly: {name}"), event(slow)));
        }
    }
    for (name, fact) in facts::interruptions() {
        events.push((name, Event { at: node.now, fact }));
    }
    events
}

fn is_look(action: &Action, fact: &Fact) -> bool {
    let is_beside = matches!(action, Action::Ask { .. } | Action::Wait { .. });
    is_beside && matches!(fact, Fact::Observed { .. })
}

/// Applies an event to a copy of a node.
///
/// # Errors
/// The invariant that this breaks.
fn step(before: &Node, event: &Event) -> Result<Node, String> {
    let mut node = before.clone();
    node.now = event.at;
    let action = before.rollout.next_action();
    node.looked = is_look(&action, &event.fact);
    node.rollout
        .apply(event)
        .map_err(|illegal| illegal.to_string())?;
    node.judge
        .saw(&before.rollout, &action, event, &node.rollout)?;
    // What gates remember steers nothing.
    node.rollout = node.rollout.remembering(Memory::default());
    Ok(node)
}

impl Space {
    fn new(start: Node) -> Space {
        Space {
            by_key: BTreeMap::from([(key(&start), 0)]),
            start,
            origins: vec![None],
            outcomes: vec![None],
            edges: Vec::new(),
            broken: BTreeMap::new(),
        }
    }

    /// Adds a node unless its state is known. Returns the state's number and whether it is new.
    fn add(&mut self, node: &Node, from: usize, event: String) -> (usize, bool) {
        let key = key(node);
        if let Some(known) = self.by_key.get(&key) {
            return (*known, false);
        }
        let number = self.origins.len();
        self.by_key.insert(key, number);
        self.origins.push(Some(Origin { from, event }));
        self.outcomes.push(match node.rollout.phase() {
            Phase::Ended(outcome) => Some(name(outcome)),
            _ => None,
        });
        (number, true)
    }

    fn break_with(&mut self, broken: String, from: usize, event: &str) {
        let story = format!("{broken}\n{}\n{event}", self.story(from));
        self.broken.entry(broken).or_insert(story);
    }

    /// Returns how a state came to be, one event a line.
    fn story(&self, number: usize) -> String {
        let mut names = Vec::new();
        let mut at = number;
        while let Some(origin) = &self.origins[at] {
            names.push(&origin.event);
            at = origin.from;
        }
        let mut node = self.start.clone();
        let mut lines = vec![format!("{} start", node.now)];
        for name in names.into_iter().rev() {
            let (_, event) = successors(&node)
                .into_iter()
                .find(|(possible, _)| possible == name)
                .unwrap();
            node = step(&node, &event).unwrap();
            lines.push(format!("{} {name} -> {:?}", node.now, node.rollout.phase()));
        }
        lines.join("\n")
    }

    /// Every path ends: the states form no circle, apart from events that change nothing, and every unfinished state
    /// has a step out of it.
    fn assert_that_every_path_ends(&self) {
        let mut onward: Vec<Vec<usize>> = vec![Vec::new(); self.origins.len()];
        let mut incoming = vec![0_usize; self.origins.len()];
        for (from, to) in self.edges.iter().filter(|(from, to)| from != to) {
            onward[*from].push(*to);
            incoming[*to] += 1;
        }
        let mut free: Vec<usize> = vec![0];
        let mut sorted = 0;
        while let Some(node) = free.pop() {
            sorted += 1;
            if onward[node].is_empty() {
                let ended = self.outcomes[node].is_some();
                assert!(ended, "no way out\n{}", self.story(node));
            }
            for to in &onward[node] {
                incoming[*to] -= 1;
                if incoming[*to] == 0 {
                    free.push(*to);
                }
            }
        }
        assert_eq!(
            sorted,
            self.origins.len(),
            "some histories go round in a circle"
        );
    }

    /// The names of all outcomes, sorted.
    fn ends(&self) -> Vec<&str> {
        let mut ends: Vec<&str> = self.outcomes.iter().flatten().map(String::as_str).collect();
        ends.sort_unstable();
        ends.dedup();
        ends
    }
}

/// Collects what a value feeds to a hasher. Two values of one type feed the same bytes only when they are equal, so a
/// map by these bytes mistakes no state for another, as a map by a hash of them could.
#[derive(Default)]
struct Bytes(Vec<u8>);

impl Hasher for Bytes {
    fn write(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    fn finish(&self) -> u64 {
        unreachable!("the bytes themselves are the key")
    }
}

/// Returns the state of a node, its times relative to now and without what steers nothing.
fn key(node: &Node) -> Vec<u8> {
    // From LONG_AGO_MS before now, which becomes 0.
    let relative = |time: Timestamp| Timestamp((time.0 + LONG_AGO_MS).saturating_sub(node.now.0));
    let mut bytes = Bytes::default();
    node.rollout.hash_control_state(&relative, &mut bytes);
    if !matches!(node.rollout.phase(), Phase::Ended(_)) {
        node.judge.hash_shifted(&relative, &mut bytes);
        node.looked.hash(&mut bytes);
    }
    bytes.0
}

fn name(outcome: &Outcome) -> String {
    let text = format!("{outcome:?}");
    text.chars().take_while(|c| c.is_alphabetic()).collect()
}

/// Longer ago than any deadline of the plan; how much longer does not matter.
const LONG_AGO_MS: u64 = 64;
