//! Guests that misbehave: each failure has its own kind, no misbehaving guest passes, and the next question still works.

use std::time::Duration;

use crate::component;
use crate::support::{ask_about, configured, host, load, load_with};
use gates::{Gate, GateSet, Limits, Problem, Services};
use rollout::{GateAnswer, GateFailure, Kind, Verdict};
use serde_json::json;

/// Code that writes ok(health-report) at 2048: healthy, with the text at 1024 as its summary.
const HEALTHY: &str = "(i32.store8 (i32.const 2048) (i32.const 0))
    (i32.store8 (i32.const 2052) (i32.const 1))
    (i32.store (i32.const 2056) (i32.const 1024))
    (i32.store (i32.const 2060) (i32.const 4))
    (i32.const 2048)";

fn small() -> Limits {
    Limits {
        wall_clock: Duration::from_millis(200),
        memory_bytes: 8 << 20,
        ..Limits::default()
    }
}

fn set(gates: Vec<(&str, Gate)>) -> GateSet {
    let gates = gates
        .into_iter()
        .map(|(name, gate)| configured(name, gate, json!({})));
    GateSet::new(gates.collect(), Services::silent())
}

/// Asks about revisions at a closed port.
async fn ask(set: &GateSet, kind: Kind, gates: &[&str]) -> Vec<GateAnswer> {
    ask_about(set, kind, gates, "http://127.0.0.1:9", "http://127.0.0.1:9").await
}

/// Asks a health check made of this code twice, beside a good one: the host and the other gate must not be affected.
async fn failure_of(check: &str) -> GateFailure {
    let gate = load_with(&component::health(check, "text"), small()).await;
    let set = set(vec![
        ("odd", gate),
        ("good", load(&component::health(HEALTHY, "fine")).await),
    ]);
    let answers = ask(&set, Kind::HealthCheck, &["odd", "good"]).await;
    let good = answers[1].result.as_ref().expect("the other gate answers");
    assert_eq!(good.verdict, Verdict::Pass);
    let again = ask(&set, Kind::HealthCheck, &["odd"]).await;
    assert_eq!(again[0].result, answers[0].result, "the same again");
    answers[0].result.clone().expect_err("never a verdict")
}

#[tokio::test(flavor = "multi_thread")]
async fn trap_is_a_trap() {
    let failure = failure_of("unreachable").await;
    assert!(
        matches!(&failure, GateFailure::Trap(trap) if trap.cause.contains("unreachable")),
        "{failure}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn endless_loop_is_a_deadline() {
    let failure = failure_of("(loop $again (br $again)) unreachable").await;
    assert!(
        matches!(failure, GateFailure::Deadline { budget_ms: 200, .. }),
        "{failure}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn endless_recursion_is_a_trap() {
    // The export calls itself through a table.
    let failure = failure_of("(call 2 (local.get 0))").await;
    assert!(
        matches!(&failure, GateFailure::Trap(trap) if trap.cause.contains("stack")),
        "{failure}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_beyond_the_limit_is_a_limit() {
    let greedy = "(loop $again
        (br_if $again (i32.ne (memory.grow (i32.const 16)) (i32.const -1)))) unreachable";
    let failure = failure_of(greedy).await;
    assert!(
        matches!(&failure, GateFailure::Limit(why) if why.contains("8 MiB")),
        "{failure}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn answer_outside_the_memory_is_a_trap() {
    let failure = failure_of("(i32.const 0x7fffff00)").await;
    assert!(matches!(failure, GateFailure::Trap(_)), "{failure}");
}

#[tokio::test(flavor = "multi_thread")]
async fn answer_with_an_unknown_discriminant_is_a_trap() {
    let failure = failure_of("(i32.store8 (i32.const 2048) (i32.const 7)) (i32.const 2048)").await;
    assert!(matches!(failure, GateFailure::Trap(_)), "{failure}");
}

#[tokio::test(flavor = "multi_thread")]
async fn text_that_is_not_utf_8_is_a_trap() {
    let check = format!("(i32.store8 (i32.const 1024) (i32.const 0xff)) {HEALTHY}");
    let failure = failure_of(&check).await;
    assert!(matches!(failure, GateFailure::Trap(_)), "{failure}");
}

#[tokio::test(flavor = "multi_thread")]
async fn answer_too_large_to_copy_is_a_limit() {
    let huge = "(drop (memory.grow (i32.const 100)))
        (i32.store8 (i32.const 2048) (i32.const 0))
        (i32.store (i32.const 2056) (i32.const 4096))
        (i32.store (i32.const 2064) (i32.const 4096))
        (i32.store (i32.const 2068) (i32.const 20000))
        (i32.const 2048)";
    let limits = Limits {
        host_copy_bytes: 1 << 16,
        ..small()
    };
    let gate = load_with(&component::health(huge, "text"), limits).await;
    let answers = ask(&set(vec![("odd", gate)]), Kind::HealthCheck, &["odd"]).await;
    let failure = answers[0].result.clone().expect_err("never a verdict");
    assert!(matches!(failure, GateFailure::Limit(_)), "{failure}");
}

#[tokio::test(flavor = "multi_thread")]
async fn state_that_is_too_large_is_an_invalid_answer() {
    let state = "(i32.store8 (i32.const 2048) (i32.const 0))
        (i32.store (i32.const 2072) (i32.const 4096))
        (i32.store (i32.const 2076) (i32.const 65537))
        (i32.const 2048)";
    let failure = failure_of(state).await;
    assert!(
        matches!(&failure, GateFailure::InvalidAnswer(why) if why.contains("65537")),
        "{failure}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn question_of_a_world_that_the_component_does_not_implement_is_the_wrong_world() {
    let set = set(vec![(
        "good",
        load(&component::health(HEALTHY, "fine")).await,
    )]);
    let answers = ask(&set, Kind::PromotionGate, &["good", "unknown"]).await;
    assert!(matches!(answers[0].result, Err(GateFailure::WrongWorld(_))));
    assert!(matches!(answers[1].result, Err(GateFailure::Host(_))));
}

async fn problems(bytes: &[u8]) -> Vec<Problem> {
    host()
        .load("gate", bytes, Limits::default())
        .await
        .expect_err("no gate")
        .problems
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_are_not_components_are_recognised() {
    let [problem] = &problems(b"(component)").await[..] else {
        panic!()
    };
    assert!(problem.to_string().contains("a text file"), "{problem}");
    let [problem] = &problems(b"").await[..] else {
        panic!()
    };
    assert!(problem.to_string().contains("an empty file"), "{problem}");
    let [problem] = &problems(b"\x7fELF\x02\x01\x01\x00rest").await[..] else {
        panic!()
    };
    assert!(!problem.to_string().is_empty());
    assert!(!matches!(problem, Problem::CannotCompile(_)), "{problem}");
    let module = wat::parse_str("(module)").expect("a module");
    assert!(matches!(
        problems(&module).await[..],
        [Problem::CoreModule { .. }]
    ));
    let mut short = component::health(HEALTHY, "fine");
    short.truncate(short.len() - 3);
    assert!(matches!(
        problems(&short).await[..],
        [Problem::CannotCompile(_)]
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn component_of_another_world_is_refused() {
    let other = wat::parse_str("(component)").expect("a component");
    assert!(matches!(
        &problems(&other).await[..],
        [Problem::WrongWorld { .. }]
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_problem_is_listed_at_once() {
    let newer = wat::parse_str(
        r#"(component
            (import "lockgate:plugin/http@0.2.0" (instance))
            (import "acme:secrets/vault@1.0.0" (instance))
            (import "wasi:cli/run@0.3.0" (instance)))"#,
    );
    let found = problems(&newer.expect("a component")).await;
    let newer = |problem: &Problem| matches!(problem, Problem::NewerContract { .. });
    let unknown = |problem: &Problem| {
        matches!(
            problem,
            Problem::UnknownImports { .. } | Problem::Wasi3 { .. }
        )
    };
    assert_eq!(
        found.iter().filter(|problem| newer(problem)).count(),
        1,
        "{found:?}"
    );
    assert_eq!(
        found.iter().filter(|problem| unknown(problem)).count(),
        2,
        "{found:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn component_that_is_too_large_is_refused() {
    let limits = Limits {
        component_bytes: 100,
        ..Limits::default()
    };
    let bytes = component::health(HEALTHY, "fine");
    let error = host()
        .load("gate", &bytes, limits)
        .await
        .expect_err("too large");
    assert!(matches!(
        error.problems[..],
        [Problem::TooLarge { max: 100, .. }]
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn decision_of_a_promotion_gate_is_the_verdict() {
    for (decision, expected_verdict) in [
        (0, Verdict::Hold { ask_again_ms: None }),
        (1, Verdict::Pass),
        (2, Verdict::Fail),
    ] {
        let set = set(vec![(
            "gate",
            load(&component::deciding(decision, "so")).await,
        )]);
        let answers = ask(&set, Kind::PromotionGate, &["gate"]).await;
        let report = answers[0].result.as_ref().expect("an answer");
        assert_eq!(
            (&report.verdict, report.reason.as_str()),
            (&expected_verdict, "so")
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn last_lines_on_stderr_are_in_the_failure() {
    let gate = load(&component::complaining("Error: boom at guest.js:7")).await;
    let answers = ask(&set(vec![("odd", gate)]), Kind::HealthCheck, &["odd"]).await;
    let failure = answers[0].result.as_ref().expect_err("never a verdict");
    assert!(
        matches!(failure, GateFailure::Trap(trap) if trap.message == "Error: boom at guest.js:7"),
        "{failure}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn description_names_the_origins_that_a_gate_asks_for() {
    let gate = load(&component::declaring("https://api.example.com")).await;
    assert_eq!(gate.description().origins, ["https://api.example.com"]);
}
