//! Whole runs over the simulated platform: the writes, the outcome and the cause.

use super::course::{run, take_over};
use super::sample::{self, Reply, four_stages, ms};
use super::sim::{ReadFault, Script};
use super::sim_state::WriteFault;
use crate::{Intent, Kind, OnDeadline, Outcome, Plan};
use std::time::Duration;

const WEIGHTS: [u32; 5] = [0, 10, 25, 50, 100];

/// Every question of a run of four stages: the kind and the weights before and after a pass.
fn questions() -> Vec<(Kind, u32, u32)> {
    let mut questions = Vec::new();
    for (index, weight) in WEIGHTS.into_iter().enumerate() {
        if weight > 0 {
            questions.push((Kind::HealthCheck, weight, weight));
        }
        let next = WEIGHTS.get(index + 1).copied().unwrap_or(100);
        if next > weight {
            questions.push((Kind::HealthCheck, weight, next));
            questions.push((Kind::PromotionGate, weight, next));
        }
    }
    questions
}

fn freezing() -> Plan {
    let mut draft = sample::draft(&[10, 25, 50, 100]);
    draft.on_deadline = OnDeadline::Freeze;
    Plan::new(draft).unwrap()
}

fn replying(question: (Kind, u32, u32), replies: &[Reply]) -> Script {
    Script {
        replies: [(question, replies.to_vec())].into(),
        ..Script::default()
    }
}

#[test]
fn good_canary_is_promoted_with_exactly_the_planned_writes() {
    let course = run(&four_stages(), Script::default());
    assert_eq!(course.outcome, Outcome::Promoted);
    let wanted = [
        "10 running 1",
        "25 running 1",
        "50 running 1",
        "100 running 1",
        "100 cleared",
    ];
    assert_eq!(course.writes(), wanted);
}

#[test]
fn promotion_takes_at_least_the_bakes_and_at_most_the_worst_case() {
    let plan = four_stages();
    let course = run(&plan, Script::default());
    let took = Duration::from_millis(course.rest.now.0) - Duration::from_hours(24);
    assert!(
        took >= plan.best_case() && took <= plan.worst_case(),
        "{took:?}"
    );
}

#[test]
fn every_lease_expires_after_the_stage_and_its_rollback() {
    let plan = four_stages();
    let course = run(&plan, Script::default());
    let began = 1_700_000_000;
    for sent in course.rest.sent {
        let Some(lease) = sent.lease else { continue };
        let stage = usize::try_from(lease.stage).unwrap();
        let silent = plan.stage_worst_case(stage) + plan.timing().rollback_deadline;
        assert!(lease.expires_at >= began + silent.as_secs());
    }
}

#[test]
fn every_kind_of_answer_to_every_question_has_its_own_outcome() {
    for question in questions() {
        for (reply, cause) in [
            (Reply::Pass, "Promoted"),
            (Reply::Fail, "GateSaidNo"),
            (Reply::Hold, "HeldTooLong"),
            (Reply::Broke, "GateBroke"),
            (Reply::Silent, "GateBroke"),
        ] {
            // A bake ends before a hold in it does; the question after the bake ends the hold.
            if (reply, question.1) == (Reply::Hold, question.2) && question.1 > 0 {
                continue;
            }
            let course = run(&four_stages(), replying(question, &[reply]));
            assert_eq!(course.cause(), cause, "{question:?} {reply:?}");
            let written = course.writes().len();
            assert_eq!(
                written == 0,
                question.1 == 0 && reply != Reply::Pass,
                "{question:?}"
            );
        }
    }
}

#[test]
fn gate_is_asked_again_after_one_round_without_a_verdict() {
    for question in questions() {
        for reply in [Reply::Hold, Reply::Broke, Reply::Silent] {
            let course = run(&four_stages(), replying(question, &[reply, Reply::Pass]));
            assert_eq!(course.outcome, Outcome::Promoted, "{question:?} {reply:?}");
        }
    }
}

#[test]
fn gate_may_break_as_often_in_a_row_as_the_plan_says() {
    let plan = four_stages();
    assert_eq!(plan.timing().gate_retries, 2);
    for question in questions() {
        let twice = [Reply::Broke, Reply::Silent, Reply::Pass];
        let course = run(&plan, replying(question, &twice));
        assert_eq!(course.outcome, Outcome::Promoted, "{question:?}");
        let thrice = [Reply::Broke, Reply::Silent, Reply::Broke, Reply::Pass];
        let course = run(&plan, replying(question, &thrice));
        assert_eq!(course.cause(), "GateBroke", "{question:?}");
    }
}

#[test]
fn stage_that_may_not_fit_into_the_run_deadline_is_not_begun() {
    // A stage may take 19 minutes and its rollback 10; the first bake alone takes 5.
    for (minutes, wanted) in [
        (29, &[][..]),
        (30, &["10 running 1", "0 cleared"]),
        (35, &["10 running 1", "25 running 1", "0 cleared"]),
    ] {
        let mut draft = sample::draft(&[10, 25, 50, 100]);
        draft.timing.run_deadline = Some(Duration::from_mins(minutes));
        let course = run(&Plan::new(draft).unwrap(), Script::default());
        assert_eq!(course.cause(), "OutOfTime");
        assert_eq!(course.writes(), wanted, "{minutes} min");
    }
}

#[test]
fn hold_that_outlives_its_deadline_freezes_where_the_plan_says_so() {
    for question in questions().into_iter().filter(|(_, from, to)| from < to) {
        let (kind, from, _) = question;
        let course = run(&freezing(), replying(question, &[Reply::Hold]));
        if from == 0 {
            assert_eq!(course.cause(), "HeldTooLong");
            assert!(course.writes().is_empty());
            continue;
        }
        assert_eq!(course.word(), "Held", "{question:?}");
        assert_eq!(course.writes().pop().unwrap(), format!("{from} held 1"));
        let resumed = take_over(&freezing(), Intent::Resume, &course.rest, Script::default());
        assert_eq!(resumed.outcome, Outcome::Promoted, "{kind}");
        assert_eq!(resumed.writes().pop().unwrap(), "100 cleared");
        assert!(
            resumed.writes().iter().all(|write| !write.contains(" 1")),
            "a new epoch"
        );
    }
}

#[test]
fn canary_that_never_becomes_ready_leaves_the_app_untouched() {
    let script = Script {
        never_ready: true,
        ..Script::default()
    };
    let course = run(&four_stages(), script);
    assert_eq!(course.cause(), "NotReady");
    assert!(course.writes().is_empty());
}

#[test]
fn no_stage_starts_that_does_not_fit_the_time_that_is_left() {
    for minutes in (20..120).step_by(5) {
        let mut draft = sample::draft(&[10, 25, 50, 100]);
        let limit = Duration::from_mins(minutes);
        draft.timing.run_deadline = Some(limit);
        let plan = Plan::new(draft).unwrap();
        let course = run(&plan, Script::default());
        let took = Duration::from_millis(course.rest.now.0) - Duration::from_hours(24);
        assert!(took <= limit, "{took:?} of {limit:?}");
        let fits = ["Promoted", "OutOfTime"].contains(&course.cause().as_str());
        assert!(fits, "{:?}", course.outcome);
    }
}

#[test]
fn every_fault_of_every_write_ends_in_a_true_outcome() {
    let late = [WriteFault::Late(ms(4_000)), WriteFault::Late(ms(14_000))];
    let faults = [
        WriteFault::Refused,
        WriteFault::AppliedAnswerLost,
        WriteFault::Lost,
        WriteFault::Stale(1),
        WriteFault::Stale(5),
    ];
    for nth in 0..5 {
        for fault in faults.into_iter().chain(late) {
            let script = Script {
                writes: [(nth, fault)].into(),
                ..Script::default()
            };
            let course = run(&four_stages(), script);
            let word = match (fault, nth) {
                // The lease is cleared in a second try.
                (WriteFault::Refused | WriteFault::Lost, 0..4) => "Platform",
                _ => "Promoted",
            };
            assert_eq!(course.cause(), word, "write {nth} {fault:?}");
        }
    }
}

#[test]
fn every_fault_of_every_read_ends_in_a_true_outcome() {
    for nth in 0..9 {
        for (fault, word) in [
            (ReadFault::Unsettled, "Promoted"),
            (ReadFault::Stale, "Promoted"),
            (ReadFault::ForeignWrite, "Superseded"),
        ] {
            let script = Script {
                reads: [(nth, fault)].into(),
                ..Script::default()
            };
            let course = run(&four_stages(), script);
            assert_eq!(course.cause(), word, "read {nth} {fault:?}");
            if fault == ReadFault::ForeignWrite {
                assert_eq!(
                    course.rest.traffic,
                    sample::foreign(),
                    "nothing is written over a foreign change"
                );
            }
        }
    }
}

#[test]
fn baseline_is_sent_until_the_deadline_to_a_platform_that_cannot_be_read() {
    let script = Script {
        reads: (3..100_000)
            .map(|nth| (nth, ReadFault::Unreadable))
            .collect(),
        ..Script::default()
    };
    let course = run(&four_stages(), script);
    assert_eq!(course.word(), "Unverified");
    assert_eq!(course.rest.traffic, sample::baseline());
    assert!(course.writes().len() > 10, "the write is repeated");
}

#[test]
fn platform_that_refuses_every_rollback_leaves_the_run_stuck_at_its_deadline() {
    let question = (Kind::HealthCheck, 25, 25);
    let script = Script {
        writes: (2..100_000).map(|nth| (nth, WriteFault::Refused)).collect(),
        ..replying(question, &[Reply::Fail])
    };
    let course = run(&four_stages(), script);
    assert_eq!(course.word(), "Stuck");
    assert!(
        course.writes()[2..]
            .iter()
            .all(|write| write == "0 cleared")
    );
}
