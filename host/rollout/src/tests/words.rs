//! The text of times, durations, verdicts and causes, and how answers become one decision.

use std::time::Duration;

use super::sample::{self, Reply, answers, four_stages, ms};
use crate::{
    Cause, Event, Fact, GateAnswer, GateFailure, Intent, Kind, Phase, Rollout, Timestamp, Verdict,
    human,
};

#[test]
fn timestamp_is_printed_in_minutes_and_seconds() {
    for (ms, text) in [
        (0, "00:00.0"),
        (999, "00:00.9"),
        (61_250, "01:01.2"),
        (3_600_000, "60:00.0"),
        (360_000_000, "6000:00.0"),
    ] {
        assert_eq!(Timestamp(ms).to_string(), text);
    }
}

#[test]
fn time_neither_wraps_nor_goes_back() {
    assert_eq!(Timestamp(5).after(ms(7)), Timestamp(12));
    assert_eq!(Timestamp(5).after(Duration::MAX), Timestamp(u64::MAX));
    assert_eq!(Timestamp(5).until(Timestamp(7)), ms(2));
    assert_eq!(Timestamp(7).until(Timestamp(5)), Duration::ZERO);
}

#[test]
fn duration_is_printed_in_the_unit_that_reads_best() {
    for (duration, text) in [
        (ms(0), "0 ms"),
        (ms(250), "250 ms"),
        (ms(999), "999 ms"),
        (ms(1_000), "1 s"),
        (ms(1_500), "1.5 s"),
        (Duration::from_secs(90), "90 s"),
        (Duration::from_secs(119), "119 s"),
        (Duration::from_mins(2), "2 min"),
        (Duration::from_secs(150), "2 min 30 s"),
        (Duration::from_hours(1), "60 min"),
    ] {
        assert_eq!(human(duration), text);
    }
}

#[test]
fn cause_tells_a_failed_gate_from_a_gate_that_said_no() {
    let stderr = String::new();
    let late = GateFailure::Deadline {
        budget_ms: 30_000,
        stderr,
    };
    assert_eq!(late.to_string(), "no answer within 30 s");
    let cause = Cause::GateBroke {
        gate: "errors".to_owned(),
        failure: late,
    };
    assert_eq!(
        cause.to_string(),
        "gate errors failed: no answer within 30 s"
    );
    let no = Cause::GateSaidNo {
        gate: "errors".to_owned(),
        kind: Kind::PromotionGate,
        reason: "4 % of requests fail".to_owned(),
    };
    assert_eq!(
        no.to_string(),
        "promotion gate errors said no: 4 % of requests fail"
    );
}

/// Returns the phase after the first question of a run with two health checks.
fn after(answers: Vec<GateAnswer>) -> Phase {
    let mut draft = sample::draft(&[100]);
    draft.health_checks.push("latency".to_owned());
    let plan = crate::Plan::new(draft).unwrap();
    let mut rollout = Rollout::new(sample::RUN.to_owned(), plan, Intent::Rollout);
    let inspection = Box::new(sample::inspection());
    let kind = Kind::HealthCheck;
    for fact in [
        Fact::Inspected { inspection },
        Fact::Ready,
        Fact::Answered { kind, answers },
    ] {
        let at = Timestamp::default();
        rollout.apply(&Event { at, fact }).unwrap();
    }
    rollout.phase().clone()
}

fn two(health: Reply, latency: Reply) -> Vec<GateAnswer> {
    let one = |gate: &str, reply| answers(&[gate.to_owned()], reply);
    [one("health", health), one("latency", latency)].concat()
}

/// The result of a round, by the phase that follows it.
fn word(phase: &Phase) -> &'static str {
    match phase {
        Phase::Gating(gating) if gating.kind == Kind::PromotionGate => "pass",
        Phase::Gating(gating) if gating.failures > 0 => "broke",
        Phase::Gating(_) => "hold",
        Phase::RollingBack { .. } => "no",
        _ => "something else",
    }
}

#[test]
fn no_outweighs_a_failure_which_outweighs_a_hold_which_outweighs_a_pass() {
    use Reply::{Broke, Fail, Hold, Pass, Silent};
    for (first, second, wanted) in [
        (Pass, Pass, "pass"),
        (Pass, Hold, "hold"),
        (Hold, Broke, "broke"),
        (Hold, Silent, "broke"),
        (Pass, Silent, "broke"),
        (Silent, Silent, "broke"),
        (Broke, Fail, "no"),
        (Hold, Fail, "no"),
        (Pass, Fail, "no"),
    ] {
        assert_eq!(
            word(&after(two(first, second))),
            wanted,
            "{first:?}, {second:?}"
        );
        assert_eq!(
            word(&after(two(second, first))),
            wanted,
            "{second:?}, {first:?}"
        );
    }
}

#[test]
fn answer_of_a_gate_that_was_not_asked_changes_nothing() {
    let stray = answers(&["stray".to_owned()], Reply::Fail);
    let all = [two(Reply::Pass, Reply::Pass), stray].concat();
    assert_eq!(word(&after(all)), "pass");
    assert_eq!(
        word(&after(answers(&["stray".to_owned()], Reply::Pass))),
        "broke"
    );
}

#[test]
fn second_answer_of_the_same_gate_counts_too() {
    let again = answers(&["health".to_owned()], Reply::Fail);
    let all = [two(Reply::Pass, Reply::Pass), again].concat();
    assert_eq!(word(&after(all)), "no");
}

#[test]
fn gate_is_asked_again_when_it_asks_for_it_but_not_at_once() {
    for (ask_again_ms, wanted) in [
        (None, 30_000),
        (Some(0), 100),
        (Some(2_500), 2_500),
        (Some(u32::MAX), 600_000),
    ] {
        let mut answers = two(Reply::Pass, Reply::Pass);
        answers[0].result = Ok(sample::report(Verdict::Hold { ask_again_ms }));
        let Phase::Gating(gating) = after(answers) else {
            panic!("a hold does not end the gating");
        };
        assert_eq!(gating.wait, Some(Timestamp(wanted)), "{ask_again_ms:?}");
    }
}

#[test]
fn gates_remember_their_state_and_the_last_report_of_each_health_check() {
    let plan = four_stages();
    let mut rollout = Rollout::new(sample::RUN.to_owned(), plan, Intent::Rollout);
    let mut round = answers(&["health".to_owned()], Reply::Pass);
    round[0].result.as_mut().unwrap().state = vec![1, 2, 3];
    let inspection = Box::new(sample::inspection());
    let gates = ["errors".to_owned()];
    for fact in [
        Fact::Inspected { inspection },
        Fact::Ready,
        Fact::Answered {
            kind: Kind::HealthCheck,
            answers: round,
        },
        Fact::Answered {
            kind: Kind::PromotionGate,
            answers: answers(&gates, Reply::Broke),
        },
    ] {
        let at = Timestamp::default();
        rollout.apply(&Event { at, fact }).unwrap();
    }
    let memory = rollout.memory();
    let key = crate::MemoryKey {
        kind: Kind::HealthCheck,
        gate: "health".to_owned(),
    };
    assert_eq!(memory.states[&key], [1, 2, 3]);
    assert_eq!(
        memory.states.len(),
        1,
        "a gate that could not answer leaves no state"
    );
    assert_eq!(memory.reports["health"].reason, "it says pass");
}
