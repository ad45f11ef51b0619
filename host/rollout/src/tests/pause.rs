//! A stage that pauses for an approval: the run ends held, a person resumes it, and after its time anybody may restore the
//! baseline.

use std::time::Duration;

use super::course::{run_keeping_states, take_over};
use super::sample::{self, Reply};
use super::sim::Script;
use super::sim_state::SimState;
use crate::{Intent, Kind, LeaseState, Outcome, Plan};

const PAUSE: Duration = Duration::from_hours(4);

/// Stages of 50 and 100 %; both, or the first alone, pause.
fn pausing(last_too: bool) -> Plan {
    let mut draft = sample::draft(&[50, 100]);
    draft.stages[0].pause = Some(PAUSE);
    draft.stages[1].pause = last_too.then_some(PAUSE);
    Plan::new(draft).unwrap()
}

/// Returns the platform as a run left it that paused.
fn paused(plan: &Plan, script: Script) -> SimState {
    let course = run_keeping_states(plan, script);
    assert_eq!(course.word(), "Held", "{:?}", course.outcome);
    let state = course.states.last().unwrap().clone();
    let lease = state.lease.as_ref().expect("the lease stays");
    assert_eq!(lease.state, LeaseState::Paused);
    let left = lease.expires_at - state.unix_seconds();
    assert!((14_000..=14_400).contains(&left), "{left} s of four hours");
    state
}

fn later(state: &SimState, time: Duration) -> SimState {
    let mut state = state.clone();
    state.advance(time);
    state
}

fn recover() -> Intent {
    Intent::Recover {
        expired_for: 0,
        ended: None,
        passed: false,
    }
}

#[test]
fn run_pauses_after_the_bake_and_its_health_checks_and_asks_no_promotion_gate() {
    let course = run_keeping_states(&pausing(false), Script::default());
    assert_eq!(course.writes(), ["50 running 1", "50 paused 1"]);
    let asked = &course.states.last().unwrap().asked;
    assert!(
        asked.contains_key(&(Kind::HealthCheck, 50, 100)),
        "{asked:?}"
    );
    assert!(
        !asked.contains_key(&(Kind::PromotionGate, 50, 100)),
        "{asked:?}"
    );
}

#[test]
fn canary_that_is_ill_after_the_bake_is_rolled_back_and_not_paused() {
    let script = Script {
        replies: [((Kind::HealthCheck, 50, 100), vec![Reply::Fail])].into(),
        ..Script::default()
    };
    let course = run_keeping_states(&pausing(false), script);
    assert_eq!(course.cause(), "GateSaidNo");
}

#[test]
fn resumed_run_asks_the_promotion_gates_and_goes_on() {
    let plan = pausing(false);
    let state = paused(&plan, Script::default());
    // A gate that holds for a while does not pause the run again.
    let script = Script {
        replies: [(
            (Kind::PromotionGate, 50, 100),
            vec![Reply::Hold, Reply::Pass],
        )]
        .into(),
        ..Script::default()
    };
    let resumed = take_over(&plan, Intent::Resume, &state, script);
    assert_eq!(resumed.word(), "Promoted", "{:?}", resumed.outcome);
}

#[test]
fn every_pause_of_the_plan_is_made() {
    let plan = pausing(true);
    let first = paused(&plan, Script::default());
    let second = take_over(&plan, Intent::Resume, &first, Script::default());
    assert!(
        matches!(second.outcome, Outcome::Held { weight: 100, .. }),
        "{:?}",
        second.outcome
    );
}

#[test]
fn approval_that_comes_too_late_is_none() {
    let plan = pausing(false);
    let state = paused(&plan, Script::default());
    let over = later(&state, PAUSE);
    let resumed = take_over(&plan, Intent::Resume, &over, Script::default());
    assert_eq!(resumed.word(), "Refused");
    let recovered = take_over(&plan, recover(), &over, Script::default());
    assert_eq!(recovered.cause(), "PauseOver");
}

#[test]
fn pause_is_left_alone_until_its_time_is_over_and_aborted_at_any_time() {
    let plan = pausing(false);
    let state = paused(&plan, Script::default());
    let early = later(&state, PAUSE / 2);
    let left = take_over(&plan, recover(), &early, Script::default());
    assert_eq!(left.word(), "Held");
    assert!(left.writes().is_empty());
    let by = "lockgate abort".to_owned();
    let aborted = take_over(
        &plan,
        Intent::Abort { by, to: None },
        &early,
        Script::default(),
    );
    assert_eq!(aborted.cause(), "Cancelled");
}
