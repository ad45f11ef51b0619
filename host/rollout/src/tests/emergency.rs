//! In an emergency promotion gates are asked, heard and remembered, and decide nothing; health checks decide as ever.

use super::course::run;
use super::sample::{self, Reply};
use super::script::Advice;
use super::sim::{Interrupt, Script};
use crate::{Fact, Kind, MemoryKey, Outcome, Plan};

const REASON: &str = "stable is on fire, see INC-12";

fn plan() -> Plan {
    let mut draft = sample::draft(&[50, 100]);
    draft.emergency = Some(REASON.to_owned());
    Plan::new(draft).unwrap()
}

/// Returns the script in which the promotion gate, which decides nothing, replies so.
fn advising(reply: Reply) -> Script {
    let advice = Advice {
        takes: Some(sample::ms(1)),
        replies: vec![reply],
    };
    Script {
        advice: [("errors".to_owned(), advice)].into(),
        ..Script::default()
    }
}

#[test]
fn promotion_gate_that_says_no_stops_nothing_and_is_heard() {
    for reply in [Reply::Fail, Reply::Hold, Reply::Pass] {
        let course = run(&plan(), advising(reply));
        assert_eq!(course.outcome, Outcome::Promoted);
        let heard = course
            .events
            .iter()
            .filter(|event| matches!(event.fact, Fact::Advised { .. }));
        assert_eq!(heard.count(), 2, "one before each stage");
        let key = MemoryKey {
            kind: Kind::PromotionGate,
            gate: "errors".to_owned(),
        };
        assert!(course.rollout.memory().states.contains_key(&key));
    }
}

#[test]
fn health_check_that_says_no_rolls_back_as_ever() {
    for weights in [(0, 50), (50, 50), (50, 100)] {
        let script = Script {
            replies: [((Kind::HealthCheck, weights.0, weights.1), vec![Reply::Fail])].into(),
            ..advising(Reply::Pass)
        };
        let course = run(&plan(), script);
        assert_eq!(course.cause(), "GateSaidNo");
    }
}

#[test]
fn lease_of_every_write_has_the_reason() {
    let course = run(&plan(), Script::default());
    let leases: Vec<_> = course
        .rest
        .sent
        .iter()
        .filter_map(|sent| sent.lease.clone())
        .collect();
    assert!(!leases.is_empty());
    assert!(
        leases
            .iter()
            .all(|lease| lease.emergency.as_deref() == Some(REASON))
    );
}

#[test]
fn run_that_is_asked_to_end_anywhere_ends_true_while_gates_advise() {
    for call in 0..40 {
        let script = Script {
            interrupts: [(call, Interrupt::Afterwards)].into(),
            ..advising(Reply::Fail)
        };
        let course = run(&plan(), script);
        assert!(
            ["Promoted", "RolledBack", "Cancelled"].contains(&course.word().as_str()),
            "{}",
            course.word()
        );
    }
}
