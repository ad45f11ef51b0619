//! Gates that decide nothing: a run with them is the run without them, whatever they answer and however long they take; what
//! they are asked, and what becomes of their answers.

use std::collections::BTreeMap;
use std::time::Duration;

use super::advisory_questions::short_plan;
use super::course::{Course, run, run_course_and, run_keeping_states, run_unjudged, take_over};
use super::judge::Judge;
use super::sample::{self, Reply, ms};
use super::script::Advice;
use super::sim::{Interrupt, Script, SimPlatform};
use super::sim_state::{AdviceAsked, SimState};
use crate::{
    Event, Fact, GateFailure, Intent, Kind, MemoryKey, OnDeadline, Outcome, Plan, Progress,
    Rollout, Timestamp,
};

/// An advisory health check and an advisory promotion gate.
pub(super) const ADVISORY: [&str; 2] = ["shadow", "judge"];

/// Returns the plan with gates that decide nothing beside those that do.
pub(super) fn advised(plan: &Plan) -> Plan {
    let mut draft = crate::Draft::from(plan.clone());
    draft.advisory_health_checks.push(ADVISORY[0].to_owned());
    for stage in &mut draft.stages {
        stage.advisory_gates.push(ADVISORY[1].to_owned());
    }
    Plan::new(draft).unwrap()
}

/// Returns the script in which both answer alike.
pub(super) fn advising(script: Script, takes: Option<Duration>, replies: &[Reply]) -> Script {
    let advice = Advice {
        takes,
        replies: replies.to_vec(),
    };
    let advice = ADVISORY.map(|gate| (gate.to_owned(), advice.clone()));
    Script {
        advice: advice.into(),
        ..script
    }
}

fn is_beside(event: &&Event) -> bool {
    matches!(event.fact, Fact::Advised { .. } | Fact::Unanswered { .. })
}

/// What gates that decide have caused.
fn decided(course: &Course) -> Vec<Event> {
    let events = course.events.iter();
    events.filter(|event| !is_beside(event)).cloned().collect()
}

/// Runs a plan and asks it to end after so many events of its own.
fn run_until(plan: &Plan, script: Script, cancel_after: Option<usize>) -> Course {
    let rollout = Rollout::new(sample::RUN.to_owned(), plan.clone(), Intent::Rollout);
    let mut seen = 0;
    let platform = SimPlatform::new(script);
    run_course_and(rollout, Judge::default(), platform, |platform, progress| {
        if let Progress::Happened(event) = progress
            && !is_beside(event)
        {
            seen += 1;
            if Some(seen) == cancel_after {
                platform.cancel();
            }
        }
    })
}

/// Asserts that a run decides, writes and takes what the same run does without gates that decide nothing.
pub(super) fn assert_same(plan: &Plan, script: &Script, advice: &Script, cancel: Option<usize>) {
    let without = run_until(plan, script.clone(), cancel);
    let with = run_until(&advised(plan), advice.clone(), cancel);
    let text = format!("{advice:?}, asked to end after {cancel:?}");
    assert_eq!(with.outcome, without.outcome, "{text}");
    assert_eq!(decided(&with), decided(&without), "{text}");
    let sent = |course: &Course| -> Vec<_> {
        let sent = course.rest.sent.iter();
        sent.map(|sent| (sent.traffic.clone(), sent.lease.clone()))
            .collect()
    };
    assert_eq!(sent(&with), sent(&without), "{text}");
    assert_eq!(with.rest.now, without.rest.now, "{text}");
    assert_eq!(
        with.rest.begun, without.rest.begun,
        "no call is begun again: {text}"
    );
    assert_eq!(
        with.rollout.memory().reports,
        without.rollout.memory().reports,
        "gates that decide are given the same reports"
    );
}

fn scripts() -> Vec<Script> {
    let replying = |kind, from, to, reply| Script {
        replies: [((kind, from, to), vec![reply])].into(),
        ..Script::default()
    };
    vec![
        Script::default(),
        replying(Kind::HealthCheck, 0, 10, Reply::Fail),
        replying(Kind::HealthCheck, 25, 25, Reply::Fail),
        replying(Kind::HealthCheck, 25, 25, Reply::Hold),
        replying(Kind::HealthCheck, 100, 100, Reply::Broke),
        replying(Kind::PromotionGate, 10, 25, Reply::Fail),
        replying(Kind::PromotionGate, 25, 50, Reply::Hold),
        Script {
            never_ready: true,
            ..Script::default()
        },
    ]
}

const TIMES: [Option<Duration>; 6] = [
    Some(Duration::ZERO),
    Some(ms(700)),
    Some(Duration::from_secs(31)),
    Some(Duration::from_mins(6)),
    Some(Duration::from_hours(3)),
    None,
];

#[test]
fn run_is_the_same_whatever_they_answer_and_however_long_they_take() {
    let plan = sample::four_stages();
    for script in scripts() {
        for takes in TIMES {
            for reply in Reply::ALL {
                let advice = advising(script.clone(), takes, &[reply]);
                assert_same(&plan, &script, &advice, None);
            }
        }
    }
}

#[test]
fn run_that_is_asked_to_end_anywhere_ends_the_same() {
    let plan = sample::four_stages();
    let events = run(&plan, Script::default()).events.len();
    for after in 1..events {
        for takes in [Some(ms(700)), None] {
            let advice = advising(Script::default(), takes, &[Reply::Fail]);
            assert_same(&plan, &Script::default(), &advice, Some(after));
        }
    }
}

#[test]
fn request_to_end_is_heard_at_once_while_they_do_not_answer() {
    let plan = advised(&sample::four_stages());
    let script = advising(Script::default(), None, &[Reply::Pass]);
    let calls = run(&plan, script.clone()).rest.calls;
    for call in 0..calls {
        let script = Script {
            interrupts: [(call, Interrupt::Meanwhile)].into(),
            ..script.clone()
        };
        let course = run(&plan, script);
        let is_asked = |event: &&Event| matches!(event.fact, Fact::CancelRequested { .. });
        let asked = course.events.iter().find(is_asked).map(|event| event.at);
        assert!(
            ["Cancelled", "RolledBack", "Promoted"].contains(&course.word().as_str()),
            "{:?}",
            course.outcome
        );
        let late = |asked: &AdviceAsked, at: Timestamp| asked.at > at;
        let promoted = course.outcome == Outcome::Promoted;
        if let Some(at) = asked.filter(|_| !promoted) {
            let mut asked = course.rest.advised.iter();
            assert!(
                !asked.any(|asked| late(asked, at)),
                "asked after the request"
            );
        }
    }
}

/// The gates that were left without an answer, with the weight of the question.
fn unanswered(course: &Course) -> Vec<(String, u32)> {
    let of = |event: &Event| match &event.fact {
        Fact::Unanswered { gate, weight, .. } => Some((gate.clone(), weight.per_cent())),
        _ => None,
    };
    course.events.iter().filter_map(of).collect()
}

#[test]
fn call_that_never_ends_is_stopped_for_a_question_about_another_weight_and_with_the_run() {
    let course = run(
        &short_plan(),
        advising(Script::default(), None, &[Reply::Pass]),
    );
    assert_eq!(course.outcome, Outcome::Promoted);
    let calls = |gate: &str| -> Vec<u32> {
        let all = unanswered(&course).into_iter();
        all.filter(|(name, _)| name == gate)
            .map(|(_, weight)| weight)
            .collect()
    };
    assert_eq!(calls("shadow"), [0, 50, 100]);
    assert_eq!(calls("judge"), [0, 50]);
    let last = course
        .events
        .iter()
        .rfind(|event| !is_beside(event))
        .unwrap();
    let ends = |event: &&Event| is_beside(event) && event.at == last.at;
    assert_eq!(course.events.iter().rev().take_while(ends).count(), 2);
}

#[test]
fn rollback_stops_every_call_and_asks_nothing_more() {
    let script = Script {
        replies: [((Kind::HealthCheck, 50, 50), vec![Reply::Fail])].into(),
        ..Script::default()
    };
    let course = run(&short_plan(), advising(script, None, &[Reply::Pass]));
    assert_eq!(course.cause(), "GateSaidNo");
    let no = course.events.iter().rposition(|event| {
        matches!(&event.fact, Fact::Answered { answers, .. } if answers.iter().any(|a| a.result.is_ok()))
    });
    let no = course.events[no.unwrap()].at;
    assert!(course.rest.advised.iter().all(|asked| asked.at < no));
    assert_eq!(unanswered(&course).len(), course.rest.advised.len());
    let last = course.events.last().unwrap();
    assert!(!is_beside(&last), "stopped when the rollback begins");
}

#[test]
fn state_goes_from_call_to_call_and_into_a_replay_and_no_report_goes_to_gates_that_decide() {
    let script = advising(Script::default(), Some(ms(1)), &[Reply::Pass]);
    let plan = short_plan();
    let course = run(&plan, script);
    for gate in ADVISORY {
        let states: Vec<usize> = (course.rest.advised.iter())
            .filter(|asked| asked.gate == gate)
            .map(|asked| asked.state.len())
            .collect();
        assert_eq!(states, (0..states.len()).collect::<Vec<_>>(), "{gate}");
    }
    let run = sample::RUN.to_owned();
    let replayed = Rollout::replay(run, plan, Intent::Rollout, &course.events).unwrap();
    assert_eq!(replayed, course.rollout);
    let key = |kind, gate: &str| MemoryKey {
        kind,
        gate: gate.to_owned(),
    };
    let states = &replayed.memory().states;
    assert_eq!(states[&key(Kind::HealthCheck, "shadow")].len(), 9);
    assert_eq!(states[&key(Kind::PromotionGate, "judge")].len(), 2);
    let reports: Vec<&String> = replayed.memory().reports.keys().collect();
    assert_eq!(reports, ["health"]);
}

#[test]
fn gate_that_fails_to_answer_is_heard_and_keeps_its_state() {
    let replies = [Reply::Pass, Reply::Broke, Reply::Silent, Reply::Pass];
    let course = run(
        &short_plan(),
        advising(Script::default(), Some(ms(1)), &replies),
    );
    assert_eq!(course.outcome, Outcome::Promoted);
    let failures: Vec<_> = (course.events.iter())
        .filter_map(|event| match &event.fact {
            Fact::Advised { answer, .. } if answer.gate == "shadow" => answer.result.clone().err(),
            _ => None,
        })
        .collect();
    let [GateFailure::Trap(_), GateFailure::Host(_)] = &failures[..] else {
        panic!("{failures:?}");
    };
    let shadow = course
        .rest
        .advised
        .iter()
        .filter(|asked| asked.gate == "shadow");
    let states: Vec<usize> = shadow.map(|asked| asked.state.len()).collect();
    assert_eq!(states[..4], [0, 1, 1, 1]);
}

#[test]
fn resumed_run_asks_them_with_the_state_of_before() {
    let mut draft = crate::Draft::from(short_plan());
    draft.on_deadline = OnDeadline::Freeze;
    let plan = Plan::new(draft).unwrap();
    let script = Script {
        replies: [((Kind::PromotionGate, 50, 100), vec![Reply::Hold])].into(),
        ..Script::default()
    };
    let held = run_keeping_states(&plan, advising(script, Some(ms(1)), &[Reply::Fail]));
    assert_eq!(held.word(), "Held");
    let left: BTreeMap<_, _> = held.rollout.memory().states.clone();
    let state = SimState {
        advised: Vec::new(),
        ..held.states.last().unwrap().clone()
    };
    let script = advising(Script::default(), Some(ms(1)), &[Reply::Fail]);
    let rollout = Rollout::new(sample::RUN.to_owned(), plan, Intent::Resume)
        .held_by("another process".to_owned())
        .remembering(held.rollout.memory().clone());
    let resumed = run_unjudged(rollout, SimPlatform::at(state, script));
    assert_eq!(resumed.outcome, Outcome::Promoted);
    let first = &resumed.rest.advised[0];
    assert_eq!((first.weight, first.next_weight), (50, 100));
    let key = MemoryKey {
        kind: first.kind,
        gate: first.gate.clone(),
    };
    assert_eq!(first.state, left[&key]);
}

#[test]
fn restore_and_undo_ask_none() {
    let script = advising(Script::default(), Some(ms(1)), &[Reply::Fail]);
    let left = run_keeping_states(&short_plan(), script.clone());
    let by = "a person".to_owned();
    let at_50 = left
        .states
        .iter()
        .find(|state| state.lease.is_some())
        .unwrap();
    let before = at_50.advised.len();
    let abort = Intent::Abort { by, to: None };
    let aborted = take_over(&short_plan(), abort, at_50, script);
    assert_eq!(aborted.word(), "RolledBack");
    assert_eq!(aborted.rest.advised.len(), before);
}
