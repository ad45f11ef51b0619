//! A crash after every event of a run and during every write, and what the next process makes of it.
//!
//! The next process is the one that ships: a new run with `Intent::Recover` or `Intent::Abort`, under another holder,
//! with nothing but what the platform shows. It has no journal (I-13). A write of the crashed process may still land
//! while it works, whether reads show it as under way or not, and its first reads may be as old as the crash. What no read
//! shows is a first write that was sent and not accepted: then there is no lease to take over, and the next process finds
//! it.

use super::course::{Course, run_keeping_states, take_over};
use super::faults::{READ_FAULTS, WRITE_FAULTS, short_plan};
use super::sample::{self, Reply, baseline, four_stages, ms};
use super::sim::{ReadFault, Script};
use super::sim_state::SimState;
use crate::{Intent, Kind, LeaseState, OnDeadline, Outcome, Plan};

/// A run that crashes, by what its platform and its gates do.
struct Crashing {
    name: String,
    plan: Plan,
    script: Script,
}

/// Returns runs that end in every way, and one for every fault of every write and read.
fn crashing_runs() -> Vec<Crashing> {
    let replying = |question, reply| Script {
        replies: [(question, vec![reply])].into(),
        ..Script::default()
    };
    let mut freezing = sample::draft(&[50, 100]);
    freezing.on_deadline = OnDeadline::Freeze;
    let freezing = Plan::new(freezing).unwrap();
    let mut runs = Vec::new();
    let mut add = |name: String, plan: Plan, script: Script| {
        runs.push(Crashing { name, plan, script });
    };
    add("promoted".to_owned(), four_stages(), Script::default());
    let no = replying((Kind::HealthCheck, 25, 25), Reply::Fail);
    add("rolled back".to_owned(), four_stages(), no);
    let hold = replying((Kind::PromotionGate, 50, 100), Reply::Hold);
    add("held".to_owned(), freezing, hold);
    for fault in WRITE_FAULTS {
        for nth in 0..3 {
            let script = Script {
                writes: [(nth, fault)].into(),
                ..Script::default()
            };
            add(format!("write {nth} {fault:?}"), short_plan(), script);
        }
    }
    for fault in READ_FAULTS {
        for nth in 0..5 {
            let script = Script {
                reads: [(nth, fault)].into(),
                ..Script::default()
            };
            add(format!("read {nth} {fault:?}"), short_plan(), script);
        }
    }
    runs
}

/// A crash, and the platform as it leaves it.
struct Crash {
    name: String,
    plan: Plan,
    state: SimState,
}

/// Returns a crash after every event of every run, and one during every write: the request was sent and lands later.
fn crashes() -> Vec<Crash> {
    let mut crashes = Vec::new();
    for Crashing { name, plan, script } in crashing_runs() {
        let states = run_keeping_states(&plan, script).states;
        let mut add = |when: String, state: SimState| {
            let state = state.with_fresh_reads();
            crashes.push(Crash {
                name: format!("{name}, crash {when}"),
                plan: plan.clone(),
                state,
            });
        };
        for (cut, state) in states.iter().enumerate() {
            add(format!("after event {cut}"), state.clone());
            let after = states.get(cut + 1).unwrap_or(state);
            for write in &after.sent[state.sent.len()..] {
                let under_way = state.with_write_under_way(write, ms(5_000));
                add(format!("during the write after event {cut}"), under_way);
            }
        }
    }
    crashes
}

/// The platform answers every call of the next process, and its reads are unsettled while a write is under way.
fn platform() -> Script {
    Script {
        shows_pending_writes: true,
        ..Script::default()
    }
}

/// The platform shows nothing of a write that is under way, and the first reads show the app before its last change.
fn secretive_platform() -> Script {
    Script {
        reads: [(0, ReadFault::Stale), (1, ReadFault::Stale)].into(),
        ..Script::default()
    }
}

/// Recovers a day after a crash, when every lease has expired.
fn recover_later(plan: &Plan, state: &SimState) -> Course {
    let state = state.a_day_later();
    let intent = Intent::Recover {
        expired_for: 0,
        ended: None,
        passed: false,
    };
    take_over(plan, intent, &state, platform())
}

/// Checks one take-over from what it found. Never raises the canary; ends with the baseline verified, or has written
/// nothing.
fn assert_taken_over(name: &str, found: &SimState, course: &Course) {
    let outcome = &course.outcome;
    let writes = course.writes();
    assert!(
        writes.iter().all(|write| write == "0 cleared"),
        "{name}: {writes:?}"
    );
    match outcome {
        Outcome::RolledBack(_) => {
            assert!(course.rest.traffic.same_as(&baseline()), "{name}");
            assert!(course.rest.lease.is_none(), "{name}");
        }
        Outcome::Idle => {
            // There was no lease, or the write that clears it landed just then.
            let no_lease = found.lease.is_none() || course.rest.lease.is_none();
            assert!(no_lease && writes.is_empty(), "{name}");
        }
        Outcome::Held { .. } => {
            let held = |lease: &crate::Lease| lease.state == LeaseState::Held;
            assert!(found.lease.as_ref().is_some_and(held), "{name}");
            assert!(writes.is_empty(), "{name}");
        }
        // Without a lease there is no baseline to restore over what another writer has left.
        Outcome::Refused(_) => {
            assert!(
                found.foreign_write && found.lease.is_none() && writes.is_empty(),
                "{name}"
            );
        }
        Outcome::Superseded(_) => {
            assert!(found.foreign_write && writes.is_empty(), "{name}");
        }
        Outcome::Promoted
        | Outcome::PromotedWithLease(_)
        | Outcome::Cancelled(_)
        | Outcome::Unverified { .. }
        | Outcome::Stuck { .. } => panic!("{name}: {outcome:?}"),
    }
}

/// Recovers once more what a take-over left: nothing is written, and a canary without a lease is promoted.
fn assert_nothing_is_left(name: &str, plan: &Plan, state: &SimState) {
    let again = recover_later(plan, state);
    assert!(
        again.writes().is_empty(),
        "I-13, {name}: {:?}",
        again.outcome
    );
    let rest = &again.rest;
    let is_promoted = rest.lease.is_none() && rest.traffic.same_as(&sample::at_weight(100));
    let is_baseline = rest.lease.is_none() && rest.traffic.same_as(&baseline());
    let is_held = matches!(again.outcome, Outcome::Held { .. });
    assert!(
        is_promoted || is_baseline || is_held || rest.foreign_write,
        "{name}: {} and {:?}",
        rest.traffic,
        rest.lease
    );
}

#[test]
fn recover_after_every_crash_restores_the_baseline_and_a_second_one_writes_nothing() {
    let mut ends = std::collections::BTreeSet::new();
    for Crash { name, plan, state } in crashes() {
        let course = recover_later(&plan, &state);
        assert_taken_over(&name, &state.a_day_later(), &course);
        assert_nothing_is_left(&name, &plan, &course.rest);
        ends.insert(course.word());
    }
    let ends: Vec<&str> = ends.iter().map(String::as_str).collect();
    assert_eq!(ends.join(" "), "Held Idle Refused RolledBack Superseded");
}

#[test]
fn abort_after_every_crash_restores_the_baseline_even_while_a_write_is_under_way() {
    let mut ends = std::collections::BTreeSet::new();
    for Crash { name, plan, state } in crashes() {
        let by = "a person".to_owned();
        let course = take_over(&plan, Intent::Abort { by, to: None }, &state, platform());
        assert_taken_over(&name, &state, &course);
        if course.outcome == Outcome::Idle {
            // The first write of the run may land after the abort; recover undoes it then.
            let recovered = recover_later(&plan, &course.rest);
            assert_taken_over(&name, &course.rest, &recovered);
            assert_nothing_is_left(&name, &plan, &recovered.rest);
        } else {
            assert_nothing_is_left(&name, &plan, &course.rest);
        }
        ends.insert(course.word());
    }
    let ends: Vec<&str> = ends.iter().map(String::as_str).collect();
    assert_eq!(ends.join(" "), "Idle Refused RolledBack Superseded");
}

#[test]
fn abort_waits_for_a_write_that_no_read_shows_and_believes_no_read_that_is_old() {
    let mut taken_over = 0;
    for Crash { name, plan, state } in crashes() {
        let by = "a person".to_owned();
        let mut state = state;
        state.reads = 0;
        let course = take_over(
            &plan,
            Intent::Abort { by, to: None },
            &state,
            secretive_platform(),
        );
        // The course itself checks that the outcome stays true when everything has landed.
        if let Outcome::RolledBack(_) = course.outcome {
            taken_over += 1;
            assert!(course.rest.traffic.same_as(&baseline()), "{name}");
            assert_nothing_is_left(&name, &plan, &course.rest);
        }
    }
    assert!(taken_over > 100, "{taken_over}");
}

#[test]
fn crashes_include_writes_under_way_and_foreign_changes() {
    let crashes = crashes();
    let count = |holds: fn(&Crash) -> bool| crashes.iter().filter(|crash| holds(crash)).count();
    assert!(count(|crash| crash.name.contains("during")) > 100);
    assert!(count(|crash| crash.state.foreign_write) > 10);
    assert!(count(|crash| crash.name.contains(&format!("{:?}", ReadFault::Stale))) > 10);
}

/// A split that is no stage of the run is somebody's wish.
#[test]
fn split_that_somebody_made_meanwhile_is_left_alone() {
    let plan = short_plan();
    let states = run_keeping_states(&plan, Script::default()).states;
    let is_shifted = |state: &&SimState| state.traffic.same_as(&sample::at_weight(50));
    let shifted = states.iter().find(is_shifted).unwrap();
    let by_hand = sample::at_weight(33);
    let abort = || Intent::Abort {
        by: "lockgate abort".to_owned(),
        to: None,
    };
    for nth in 0..2 {
        let script = Script {
            reads: [(shifted.reads + nth, ReadFault::ForeignWrite)].into(),
            foreign: Some(by_hand.clone()),
            ..Script::default()
        };
        let aborted = take_over(&plan, abort(), shifted, script);
        assert_eq!(aborted.word(), "Superseded", "{:?}", aborted.outcome);
        assert!(aborted.rest.traffic.same_as(&by_hand));
    }
}
