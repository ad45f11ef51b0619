//! Which drafts are valid plans, and what a plan computes.

use std::time::Duration;

use super::sample::{self, four_stages, ms, weight};
use crate::{Draft, OnDeadline, Plan, PlanError, Stage, Timing, Weight};

fn draft_of(weights: &[u32]) -> Draft {
    sample::draft(weights)
}

#[test]
fn weights_must_rise_from_above_zero_to_all() {
    let not_rising = |before, after| Err(PlanError::NotRising { before, after });
    for (weights, wanted) in [
        (&[10, 25, 50, 100][..], Ok(())),
        (&[100], Ok(())),
        (&[1, 2, 3, 99, 100], Ok(())),
        (&[], Err(PlanError::NoStages)),
        (&[0, 100], Err(PlanError::ZeroStage)),
        (&[10, 0, 100], Err(PlanError::ZeroStage)),
        (&[10, 10, 100], not_rising(10, 10)),
        (&[50, 25, 100], not_rising(50, 25)),
        (&[100, 100], not_rising(100, 100)),
        (&[10, 25, 50], Err(PlanError::NotComplete(50))),
    ] {
        assert_eq!(
            Plan::new(draft_of(weights)).map(|_| ()),
            wanted,
            "{weights:?}"
        );
    }
}

#[test]
fn plan_without_a_gate_is_refused() {
    let mut draft = draft_of(&[50, 100]);
    draft.health_checks.clear();
    assert!(
        Plan::new(draft.clone()).is_ok(),
        "promotion gates alone will do"
    );
    for stage in &mut draft.stages {
        stage.gates.clear();
    }
    assert_eq!(Plan::new(draft.clone()), Err(PlanError::NoGates));
    draft.health_checks.push("health".to_owned());
    assert!(Plan::new(draft).is_ok(), "health checks alone will do");
}

#[test]
fn interval_that_would_make_the_run_spin_is_refused() {
    type Change = fn(&mut Timing, Duration);
    let intervals: [(&str, Change); 3] = [
        ("check-interval", |timing, to| timing.check_interval = to),
        ("retry-interval", |timing, to| timing.retry_interval = to),
        ("poll-interval", |timing, to| timing.poll_interval = to),
    ];
    for (name, change) in intervals {
        let mut draft = draft_of(&[100]);
        change(&mut draft.timing, ms(10));
        assert!(Plan::new(draft.clone()).is_ok());
        change(&mut draft.timing, ms(9));
        assert_eq!(Plan::new(draft), Err(PlanError::TooShort { name }));
    }
}

#[test]
fn weight_is_a_whole_per_cent() {
    assert_eq!(Weight::new(100), Some(Weight::ALL));
    assert_eq!(Weight::new(101), None);
    assert_eq!(Weight::new(256), None, "it does not wrap");
    assert_eq!(weight(30).rest(), weight(70));
    let error = serde_json::from_str::<Weight>("101").unwrap_err();
    assert!(
        error
            .to_string()
            .contains("weight 101 is not between 0 and 100"),
        "{error}"
    );
}

#[test]
fn weight_before_a_stage_is_that_of_the_stage_before() {
    let plan = four_stages();
    let before: Vec<u32> = (0..6).map(|s| plan.weight_before(s).per_cent()).collect();
    assert_eq!(before, [0, 10, 25, 50, 100, 100]);
}

#[test]
fn worst_case_counts_every_wait_and_best_case_only_the_bakes() {
    let plan = four_stages();
    assert_eq!(plan.best_case(), Duration::from_mins(20));
    let stage = Duration::from_mins(5 + 2 * 2 + 10);
    assert_eq!(plan.stage_worst_case(3), stage);
    assert_eq!(
        plan.worst_case(),
        stage * 4 + Duration::from_mins(5 + 10 + 10)
    );
}

#[test]
fn durations_without_end_do_not_overflow() {
    let mut draft = draft_of(&[50, 100]);
    draft.stages[0].bake = Duration::MAX;
    draft.timing.gate_deadline = Duration::MAX;
    draft.timing.verify_deadline = Duration::MAX;
    draft.timing.rollback_deadline = Duration::MAX;
    draft.timing.run_deadline = Some(ms(1));
    let plan = Plan::new(draft).unwrap();
    assert_eq!(plan.worst_case(), Duration::MAX);
    assert_eq!(plan.best_case(), Duration::MAX);
    let course = super::course::run(&plan, super::sim::Script::default());
    assert_eq!(course.cause(), "OutOfTime");
}

#[test]
fn plan_survives_a_round_trip_through_json() {
    let mut draft = draft_of(&[5, 100]);
    draft.on_deadline = OnDeadline::Freeze;
    draft.timing.run_deadline = Some(Duration::from_hours(1));
    let plan = Plan::new(draft).unwrap();
    let text = serde_json::to_string(&plan).unwrap();
    assert_eq!(serde_json::from_str::<Plan>(&text).unwrap(), plan);
}

#[test]
fn plan_in_which_every_gate_is_advisory_is_refused_and_names_them() {
    let mut draft = draft_of(&[50, 100]);
    draft.advisory_health_checks = std::mem::take(&mut draft.health_checks);
    for stage in &mut draft.stages {
        stage.advisory_gates = std::mem::take(&mut stage.gates);
    }
    let error = Plan::new(draft.clone()).unwrap_err().to_string();
    assert!(error.starts_with("every gate is advisory (errors, health), so nothing would stop"));
    // One that decides is enough, wherever it is asked.
    draft.stages[1].gates = vec!["slow".to_owned()];
    let plan = Plan::new(draft).unwrap();
    let names: Vec<&str> = plan.advisory_gates().into_iter().collect();
    assert_eq!(names, ["errors", "health"]);
}

#[test]
fn gate_is_not_both_required_and_advisory_for_one_kind_of_question() {
    let mut draft = draft_of(&[50, 100]);
    draft.advisory_health_checks = vec!["errors".to_owned()];
    Plan::new(draft.clone()).expect("another kind of question");
    draft.advisory_health_checks = vec!["health".to_owned()];
    let error = Plan::new(draft).unwrap_err().to_string();
    assert_eq!(error, "gate health is named as required and as advisory");
    let mut draft = draft_of(&[50, 100]);
    draft.stages[1].gates.clear();
    draft.stages[1].advisory_gates = vec!["errors".to_owned()];
    Plan::new(draft).expect_err("it is required before another stage");
}

#[test]
fn promotion_gates_of_an_emergency_are_advisory() {
    let mut draft = draft_of(&[50, 100]);
    draft.emergency = Some("stable is on fire".to_owned());
    let plan = Plan::new(draft).unwrap();
    for stage in plan.stages() {
        assert_eq!(
            (&stage.gates[..], &stage.advisory_gates[..]),
            (&[][..], &["errors".to_owned()][..])
        );
    }
    let text = serde_json::to_string(&plan).unwrap();
    assert_eq!(serde_json::from_str::<Plan>(&text).unwrap(), plan);
}

#[test]
fn invalid_plan_is_refused_when_read_from_json() {
    let stage = |per_cent| Stage {
        weight: weight(per_cent),
        bake: ms(0),
        gates: Vec::new(),
        advisory_gates: Vec::new(),
        pause: None,
    };
    let draft = Draft {
        stages: vec![stage(50), stage(20), stage(100)],
        ..draft_of(&[100])
    };
    let text = serde_json::to_string(&draft).unwrap();
    let error = serde_json::from_str::<Plan>(&text).unwrap_err();
    assert_eq!(
        error.to_string(),
        "stage weights must rise: 20 comes after 50"
    );
}
