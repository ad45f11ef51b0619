//! A crash at every point of a run: replay goes on from the journal, `recover`, `abort` and `resume` from nothing.

use super::course::{Course, go, run, take_up};
use super::judge::Judge;
use super::sample::{self, Reply, baseline, four_stages};
use super::sim::{Script, State, World};
use crate::{
    Action, Event, Fact, Inspection, Intent, Kind, LeaseState, OnDeadline, Outcome, Phase, Plan,
    Rollout, Timestamp,
};

/// Runs that end well, badly and frozen.
fn courses() -> Vec<(Plan, Script)> {
    let replying = |question, reply| Script {
        replies: [(question, vec![reply])].into(),
        ..Script::default()
    };
    let mut freezing = sample::draft(&[10, 25, 50, 100]);
    freezing.on_deadline = OnDeadline::Freeze;
    let freezing = Plan::new(freezing).unwrap();
    vec![
        (four_stages(), Script::default()),
        (
            four_stages(),
            replying((Kind::HealthCheck, 0, 10), Reply::Fail),
        ),
        (
            four_stages(),
            replying((Kind::HealthCheck, 25, 25), Reply::Fail),
        ),
        (
            four_stages(),
            replying((Kind::PromotionGate, 50, 100), Reply::Hold),
        ),
        (
            four_stages(),
            replying((Kind::HealthCheck, 100, 100), Reply::Broke),
        ),
        (
            freezing,
            replying((Kind::PromotionGate, 25, 50), Reply::Hold),
        ),
    ]
}

/// Replays the first events and drives on in the world as it was.
fn drive_on(plan: &Plan, script: &Script, events: &[Event], state: &State) -> Course {
    let run = sample::RUN.to_owned();
    let rollout = Rollout::replay(run, plan.clone(), Intent::Rollout, events).unwrap();
    let mut judge = Judge::default();
    let mut before = Rollout::new(sample::RUN.to_owned(), plan.clone(), Intent::Rollout);
    for event in events {
        let mut after = before.clone();
        after.apply(event).unwrap();
        judge
            .saw(&before, &before.next_action(), event, &after)
            .unwrap();
        before = after;
    }
    go(rollout, judge, World::at(state.clone(), script.clone()))
}

#[test]
fn run_that_is_cut_anywhere_goes_on_to_the_very_same_end() {
    for (plan, script) in courses() {
        let whole = run(&plan, script.clone());
        for cut in 0..whole.events.len() {
            let (kept, lost) = whole.events.split_at(cut);
            let course = drive_on(&plan, &script, kept, &whole.states[cut]);
            assert_eq!(course.outcome, whole.outcome, "cut after {cut}");
            assert_eq!(
                course.events, lost,
                "no bake is slept again, nothing is asked anew"
            );
            assert_eq!(course.rest, whole.rest);
        }
    }
}

#[test]
fn action_that_was_done_and_not_noted_is_done_again_without_harm() {
    for (plan, script) in courses() {
        let whole = run(&plan, script.clone());
        for cut in 0..whole.events.len() {
            let (kept, _) = whole.events.split_at(cut);
            let course = drive_on(&plan, &script, kept, &whole.states[cut + 1]);
            assert_eq!(course.cause(), whole.cause(), "cut after {cut}");
            assert_eq!(course.rest.traffic, whole.rest.traffic);
        }
    }
}

#[test]
fn write_that_was_done_and_not_noted_is_undone_when_the_run_is_to_end() {
    let whole = run(&four_stages(), Script::default());
    for cut in 0..whole.events.len() {
        let (kept, _) = whole.events.split_at(cut);
        let state = &whole.states[cut + 1];
        let run = sample::RUN.to_owned();
        let mut rollout = Rollout::replay(run, four_stages(), Intent::Rollout, kept).unwrap();
        let fact = crate::Fact::CancelRequested {
            by: "SIGTERM".to_owned(),
        };
        let at = state.now;
        rollout.apply(&Event { at, fact }).unwrap();
        if let Phase::RollingBack { .. } = rollout.phase() {
            let world = World::at(state.clone(), Script::default());
            let course = go(rollout, Judge::of_turned_back(at), world);
            assert_eq!(course.cause(), "Cancelled", "cut after {cut}");
        }
    }
}

#[test]
fn every_action_done_twice_comes_to_the_same() {
    for (plan, script) in courses() {
        let once = run(&plan, script.clone());
        let twice = run(
            &plan,
            Script {
                twice: true,
                ..script
            },
        );
        assert_eq!(twice.cause(), once.cause());
        assert_eq!(twice.writes(), once.writes());
        assert_eq!(twice.rest.traffic, once.rest.traffic);
    }
}

/// Seconds since 1970 at which every lease of these runs is stale.
const MUCH_LATER: u64 = u64::MAX;

fn recover(as_of: u64) -> Intent {
    Intent::Recover { as_of, ended: None }
}

fn is_given_back(course: &Course) -> bool {
    course.rest.traffic.same_as(&baseline()) && course.rest.lease.is_none()
}

#[test]
fn recover_gives_the_baseline_back_from_every_crash_and_a_second_one_writes_nothing() {
    for (plan, script) in courses() {
        for state in &run(&plan, script).states {
            let intent = recover(MUCH_LATER);
            let course = take_up(&plan, intent.clone(), state, Script::default());
            match &state.lease {
                None => assert_eq!(course.outcome, Outcome::Idle),
                Some(lease) if lease.state == LeaseState::Held => assert_eq!(course.word(), "Held"),
                Some(_) => assert_eq!(course.cause(), "Abandoned"),
            }
            if course.cause() == "Abandoned" {
                assert!(is_given_back(&course));
                assert_eq!(course.writes(), ["0 cleared"], "never up, and once");
            } else {
                assert!(course.writes().is_empty());
            }
            let again = take_up(&plan, intent, &course.rest, Script::default());
            assert!(again.writes().is_empty(), "I-13: {:?}", again.outcome);
        }
    }
}

#[test]
fn recover_that_crashes_anywhere_is_recovered() {
    let intent = recover(MUCH_LATER);
    for state in &run(&four_stages(), Script::default()).states {
        for crashed in take_up(&four_stages(), intent.clone(), state, Script::default()).states {
            let course = take_up(&four_stages(), intent.clone(), &crashed, Script::default());
            let at_rest = is_given_back(&course) || crashed.lease.is_none();
            assert!(at_rest, "{:?}", course.outcome);
        }
    }
}

#[test]
fn traffic_is_not_given_back_to_a_revision_that_cannot_serve() {
    let intents = [
        recover(MUCH_LATER),
        Intent::Abort {
            by: "a person".to_owned(),
        },
    ];
    for intent in intents {
        for per_cent in [10, 100] {
            let mut found = sample::inspection_of(sample::lease(0, per_cent, LeaseState::Running));
            found.stable_unfit = Some("app--v1 is not active".to_owned());
            let end = after_inspection(&intent, found.clone());
            let Action::Finish(Outcome::Stuck { problem, .. }) = end else {
                panic!("{end:?}");
            };
            assert!(problem.contains("app--v1 is not active"), "{problem}");
            // Where the baseline stands already, only the lease is in the way.
            found.now = baseline();
            let next = after_inspection(&intent, found);
            assert!(matches!(next, Action::Observe { .. }), "{next:?}");
        }
    }
}

fn after_inspection(intent: &Intent, inspection: Inspection) -> Action {
    let mut rollout = Rollout::new("another-id".to_owned(), four_stages(), intent.clone());
    let inspection = Box::new(inspection);
    let event = Event {
        at: Timestamp::default(),
        fact: Fact::Inspected { inspection },
    };
    rollout.apply(&event).unwrap();
    rollout.next_action()
}

#[test]
fn recover_leaves_a_run_alone_that_may_be_alive() {
    for state in &run(&four_stages(), Script::default()).states {
        let Some(lease) = &state.lease else {
            continue;
        };
        let as_of = lease.expires_at - 1;
        let course = take_up(&four_stages(), recover(as_of), state, Script::default());
        assert_eq!(course.word(), "Refused");
        assert!(course.writes().is_empty());
    }
}

#[test]
fn run_that_is_known_to_have_ended_is_recovered_at_once_and_no_other() {
    for state in &run(&four_stages(), Script::default()).states {
        let Some(lease) = &state.lease else {
            continue;
        };
        for (ended, word) in [(&lease.run[..], "RolledBack"), ("another", "Refused")] {
            let intent = Intent::Recover {
                as_of: 0,
                ended: Some(ended.to_owned()),
            };
            let course = take_up(&four_stages(), intent, state, Script::default());
            assert_eq!(course.word(), word);
        }
    }
}

#[test]
fn abort_gives_the_baseline_back_from_every_crash_and_is_idle_without_a_run() {
    for (plan, script) in courses() {
        for state in &run(&plan, script).states {
            let intent = Intent::Abort {
                by: "a person".to_owned(),
            };
            let course = take_up(&plan, intent.clone(), state, Script::default());
            match state.lease {
                None => assert_eq!((course.outcome, course.events.len()), (Outcome::Idle, 1)),
                Some(_) => assert!(course.cause() == "Cancelled" && is_given_back(&course)),
            }
        }
    }
}

#[test]
fn resume_goes_on_with_a_held_run_and_with_no_other() {
    for (plan, script) in courses() {
        for state in &run(&plan, script).states {
            let course = take_up(&plan, Intent::Resume, state, Script::default());
            let word = match state.lease.as_ref().map(|lease| lease.state) {
                None => "Idle",
                Some(LeaseState::Running) => "Refused",
                Some(LeaseState::Held) => "Promoted",
            };
            assert_eq!(course.word(), word);
        }
    }
}

#[test]
fn resumed_run_that_crashes_anywhere_is_recovered() {
    let (plan, script) = courses().pop().unwrap();
    let held = run(&plan, script).rest;
    for state in take_up(&plan, Intent::Resume, &held, Script::default()).states {
        let intent = Intent::Abort {
            by: "a person".to_owned(),
        };
        let course = take_up(&plan, intent, &state, Script::default());
        assert!(is_given_back(&course) || state.lease.is_none());
    }
}
