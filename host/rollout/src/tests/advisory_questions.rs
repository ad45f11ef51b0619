//! When gates that decide nothing are asked, and what.

use std::time::Duration;

use super::advisory::{advised, advising};
use super::course::{Course, run, run_unjudged};
use super::sample::{self, Reply, ms};
use super::sim::{Script, SimPlatform};
use crate::{Kind, Outcome, Plan};

/// What a gate was asked: weights before and after a pass, and the number.
fn asked(course: &Course, gate: &str) -> Vec<(u32, u32, u32)> {
    let asked = course
        .rest
        .advised
        .iter()
        .filter(|asked| asked.gate == gate);
    asked
        .map(|asked| (asked.weight, asked.next_weight, asked.asked))
        .collect()
}

pub(super) fn short_plan() -> Plan {
    let mut draft = sample::draft(&[50, 100]);
    for stage in &mut draft.stages {
        stage.bake = Duration::from_secs(95);
    }
    advised(&Plan::new(draft).unwrap())
}

#[test]
fn they_are_asked_where_gates_that_decide_are_asked() {
    let script = advising(Script::default(), Some(ms(1)), &[Reply::Pass]);
    let course = run(&short_plan(), script);
    let checks = [
        (0, 50, 1),
        (50, 50, 1),
        (50, 50, 2),
        (50, 50, 3),
        (50, 100, 1),
        (100, 100, 1),
        (100, 100, 2),
        (100, 100, 3),
        (100, 100, 1),
    ];
    assert_eq!(asked(&course, "shadow"), checks);
    assert_eq!(asked(&course, "judge"), [(0, 50, 1), (50, 100, 1)]);
}

#[test]
fn they_are_asked_without_gates_that_decide_at_that_place_too() {
    let mut draft = crate::Draft::from(short_plan());
    draft.health_checks.clear();
    draft.stages[0].gates.clear();
    let script = advising(Script::default(), Some(ms(1)), &[Reply::Fail]);
    let course = run(&Plan::new(draft).unwrap(), script);
    assert_eq!(course.outcome, Outcome::Promoted);
    let checks = asked(&course, "shadow");
    assert_eq!(checks.first(), Some(&(0, 50, 1)));
    assert_eq!(checks.last(), Some(&(100, 100, 1)));
    assert_eq!(asked(&course, "judge"), [(0, 50, 1), (50, 100, 1)]);
}

#[test]
fn gate_that_holds_is_asked_again_when_it_wants_to_be_and_not_waited_for() {
    let script = advising(Script::default(), Some(ms(1)), &[Reply::Hold]);
    let course = run(&short_plan(), script);
    assert_eq!(course.outcome, Outcome::Promoted);
    assert!(asked(&course, "shadow").len() > 6);
}

#[test]
fn promotion_gate_is_asked_in_each_round_of_those_that_decide() {
    let script = Script {
        replies: [(
            (Kind::PromotionGate, 50, 100),
            vec![Reply::Hold, Reply::Hold, Reply::Pass],
        )]
        .into(),
        ..Script::default()
    };
    let script = advising(script, Some(ms(1)), &[Reply::Pass]);
    let mut draft = crate::Draft::from(short_plan());
    let asks = |plan: &Plan| asked(&run(plan, script.clone()), "judge").len();
    assert_eq!(asks(&Plan::new(draft.clone()).unwrap()), 4);
    draft.health_checks.clear();
    assert_eq!(asks(&Plan::new(draft).unwrap()), 4);
}

#[test]
fn first_deployment_asks_each_question_once() {
    let script = advising(Script::default(), Some(ms(1)), &[Reply::Fail]);
    let rollout = super::first::first(short_plan());
    let first = run_unjudged(rollout, SimPlatform::new(script));
    assert_eq!(first.outcome, Outcome::Promoted);
    let asked: Vec<_> = (first.rest.advised.iter())
        .map(|asked| (asked.gate.as_str(), asked.weight, asked.next_weight))
        .collect();
    assert_eq!(asked, [("shadow", 100, 100), ("judge", 100, 100)]);
}
