//! A crash at every point of a run. `recover`, `abort` and `resume` start from the lease on the app alone, as the
//! executable does (`take_over` adds faults and writes under way). A replay of the journal leads to the same state, which
//! shows that actions may be repeated; the executable replays for reports and never to continue a run.

use super::course::{
    Course, run, run_course, run_keeping_states, take_over, take_over_keeping_states,
};
use super::judge::Judge;
use super::sample::{self, Reply, baseline, four_stages};
use super::sim::{Script, SimPlatform};
use super::sim_state::SimState;
use crate::{
    Action, Event, Fact, Inspection, Intent, Kind, LeaseState, OnDeadline, Outcome, Phase, Plan,
    Rollout, Timestamp,
};

/// Runs that end promoted, rolled back and held.
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

/// Replays the first events and continues on the platform as it was.
fn replay_and_continue(plan: &Plan, script: &Script, events: &[Event], state: &SimState) -> Course {
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
    run_course(
        rollout,
        judge,
        SimPlatform::at(state.clone(), script.clone()),
    )
}

/// Returns events without the state of the stable revision: a process that continues a run does not know when the one
/// before it has read it, and reads it again.
fn without_stable(events: &[Event]) -> Vec<Event> {
    let mut events = events.to_vec();
    for event in &mut events {
        if let Fact::Observed { stable, .. } = &mut event.fact {
            *stable = None;
        }
    }
    events
}

#[test]
fn replayed_run_continues_to_the_same_end_from_every_event() {
    for (plan, script) in courses() {
        let whole = run_keeping_states(&plan, script.clone());
        for cut in 0..whole.events.len() {
            let (kept, lost) = whole.events.split_at(cut);
            let course = replay_and_continue(&plan, &script, kept, &whole.states[cut]);
            assert_eq!(course.outcome, whole.outcome, "cut after {cut}");
            assert_eq!(
                without_stable(&course.events),
                without_stable(lost),
                "no bake is repeated and no gate is asked again"
            );
            assert_eq!(course.rest, whole.rest);
        }
    }
}

#[test]
fn action_whose_event_was_lost_may_be_done_again() {
    for (plan, script) in courses() {
        let whole = run_keeping_states(&plan, script.clone());
        for cut in 0..whole.events.len() {
            let (kept, _) = whole.events.split_at(cut);
            let course = replay_and_continue(&plan, &script, kept, &whole.states[cut + 1]);
            assert_eq!(course.cause(), whole.cause(), "cut after {cut}");
            assert_eq!(course.rest.traffic, whole.rest.traffic);
        }
    }
}

#[test]
fn write_whose_event_was_lost_is_undone_by_a_cancelled_run() {
    let whole = run_keeping_states(&four_stages(), Script::default());
    for cut in 0..whole.events.len() {
        let (kept, _) = whole.events.split_at(cut);
        let state = &whole.states[cut + 1];
        let run = sample::RUN.to_owned();
        let mut rollout = Rollout::replay(run, four_stages(), Intent::Rollout, kept).unwrap();
        let fact = crate::Fact::CancelRequested {
            by: "SIGTERM".to_owned(),
            hurry: false,
        };
        let at = state.now;
        rollout.apply(&Event { at, fact }).unwrap();
        if let Phase::RollingBack { .. } = rollout.phase() {
            let platform = SimPlatform::at(state.clone(), Script::default());
            let course = run_course(rollout, Judge::of_turned_back(at), platform);
            assert_eq!(course.cause(), "Cancelled", "cut after {cut}");
        }
    }
}

#[test]
fn every_action_done_twice_has_the_same_result() {
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

fn recover() -> Intent {
    Intent::Recover {
        expired_for: 0,
        ended: None,
        passed: false,
    }
}

fn abort() -> Intent {
    Intent::Abort {
        by: "a person".to_owned(),
        to: None,
    }
}

fn is_restored(course: &Course) -> bool {
    course.rest.traffic.same_as(&baseline()) && course.rest.lease.is_none()
}

#[test]
fn recover_restores_the_baseline_from_every_event_and_a_second_one_writes_nothing() {
    for (plan, script) in courses() {
        for state in &run_keeping_states(&plan, script).states {
            let intent = recover();
            let state = &state.a_day_later();
            let course = take_over(&plan, intent.clone(), state, Script::default());
            match &state.lease {
                None => assert_eq!(course.outcome, Outcome::Idle),
                Some(lease) if lease.state == LeaseState::Held => assert_eq!(course.word(), "Held"),
                Some(_) => assert_eq!(course.cause(), "Abandoned"),
            }
            if course.cause() == "Abandoned" {
                assert!(is_restored(&course));
                assert_eq!(
                    course.writes(),
                    ["0 cleared"],
                    "never raises the canary, and writes once"
                );
            } else {
                assert!(course.writes().is_empty());
            }
            let again = take_over(&plan, intent, &course.rest, Script::default());
            assert!(again.writes().is_empty(), "I-13: {:?}", again.outcome);
        }
    }
}

#[test]
fn recover_that_crashes_anywhere_is_recovered_by_another() {
    let intent = recover();
    for state in &run_keeping_states(&four_stages(), Script::default()).states {
        let state = &state.a_day_later();
        for crashed in take_over_keeping_states(&four_stages(), intent.clone(), state).states {
            let course = take_over(&four_stages(), intent.clone(), &crashed, Script::default());
            let at_rest = is_restored(&course) || crashed.lease.is_none();
            assert!(at_rest, "{:?}", course.outcome);
        }
    }
}

#[test]
fn baseline_is_not_restored_to_a_revision_that_cannot_serve() {
    for intent in [recover(), abort()] {
        for per_cent in [10, 100] {
            let mut found = sample::inspection_of(sample::lease(0, per_cent, LeaseState::Running));
            found.stable_unfit = Some("app--v1 is not active".to_owned());
            let end = after_inspection(&intent, found.clone());
            let Action::Finish(Outcome::Stuck { problem, .. }) = end else {
                panic!("{end:?}");
            };
            assert!(problem.contains("app--v1 is not active"), "{problem}");
            // Where the app has the baseline already, only the lease is removed.
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
fn recover_refuses_while_the_lease_has_not_expired() {
    for state in &run_keeping_states(&four_stages(), Script::default()).states {
        let Some(lease) = &state.lease else {
            continue;
        };
        let left = lease.expires_at - 2 - state.unix_seconds();
        let mut state = state.clone();
        state.advance(std::time::Duration::from_secs(left));
        let course = take_over(&four_stages(), recover(), &state, Script::default());
        assert_eq!(course.word(), "Refused");
        assert!(course.writes().is_empty());
    }
}

#[test]
fn recover_restores_at_once_the_run_that_is_known_to_have_ended_and_no_other() {
    for state in &run_keeping_states(&four_stages(), Script::default()).states {
        let Some(lease) = &state.lease else {
            continue;
        };
        for (ended, word) in [(&lease.run[..], "RolledBack"), ("another", "Refused")] {
            let intent = Intent::Recover {
                expired_for: 0,
                ended: Some(ended.to_owned()),
                passed: false,
            };
            let course = take_over(&four_stages(), intent, state, Script::default());
            assert_eq!(course.word(), word);
        }
    }
}

#[test]
fn abort_restores_the_baseline_from_every_event_and_is_idle_without_a_run() {
    for (plan, script) in courses() {
        for state in &run_keeping_states(&plan, script).states {
            let intent = abort();
            let course = take_over(&plan, intent.clone(), state, Script::default());
            match state.lease {
                None => assert_eq!((course.outcome, course.events.len()), (Outcome::Idle, 1)),
                Some(_) => assert!(course.cause() == "Cancelled" && is_restored(&course)),
            }
        }
    }
}

#[test]
fn resume_continues_a_held_run_and_no_other() {
    for (plan, script) in courses() {
        for state in &run_keeping_states(&plan, script).states {
            let course = take_over(&plan, Intent::Resume, state, Script::default());
            let word = match state.lease.as_ref().map(|lease| lease.state) {
                None => "Refused",
                Some(LeaseState::Running) => "Refused",
                Some(LeaseState::Held | LeaseState::Paused) => "Promoted",
            };
            assert_eq!(course.word(), word);
        }
    }
}

#[test]
fn resumed_run_that_crashes_anywhere_is_recovered() {
    let (plan, script) = courses().pop().unwrap();
    let held = run(&plan, script).rest;
    for state in take_over_keeping_states(&plan, Intent::Resume, &held).states {
        let intent = abort();
        let course = take_over(&plan, intent, &state, Script::default());
        assert!(is_restored(&course) || state.lease.is_none());
    }
}
