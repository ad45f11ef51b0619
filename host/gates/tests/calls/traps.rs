//! What a gate's author learns of a trap: the cause, the gate's own functions, what it said, and what helps.

use gates::{GateSet, Limits, Services};
use rollout::{Frame, GateFailure, Kind, Trap};
use serde_json::json;

use crate::component;
use crate::support::{ask_about, configured, load_with};

async fn failure_of(component: &[u8]) -> GateFailure {
    let limits = Limits {
        memory_bytes: 8 << 20,
        ..Limits::default()
    };
    let gate = configured("odd", load_with(component, limits).await, json!({}));
    let set = GateSet::new(vec![gate], Services::silent());
    let answers = ask_about(&set, Kind::HealthCheck, &["odd"], "http://a", "http://b").await;
    answers[0].result.clone().expect_err("never a verdict")
}

async fn trap_of(component: &[u8]) -> Trap {
    match failure_of(component).await {
        GateFailure::Trap(trap) => trap,
        other => panic!("{other}"),
    }
}

fn functions(trap: &Trap) -> Vec<&str> {
    trap.frames
        .iter()
        .map(|frame| frame.function.as_str())
        .collect()
}

/// Divides by zero two functions deep.
const DIVIDES: &str =
    "(func $share (param i32) (result i32) (i32.div_u (i32.const 1) (local.get 0)))
    (func $judge (result i32) (call $share (i32.const 0)))";

#[tokio::test]
async fn trap_names_the_gates_own_functions() {
    let gate = component::health_in(
        "package test:gates; world made { include lockgate:plugin/health-check@0.1.0; }",
        DIVIDES,
        "(call $judge)",
        "",
    );
    let trap = trap_of(&gate).await;
    assert_eq!(trap.cause, "integer divide by zero");
    assert_eq!(functions(&trap)[..2], ["share", "judge"], "{trap:?}");
    assert_eq!(
        trap.to_string(),
        "integer divide by zero in share (check that there is something to divide by before a share is taken)"
    );
    assert_eq!(trap.details()[1], "at judge");
}

#[tokio::test]
async fn trap_names_file_and_line_where_the_component_has_them() {
    let trap = trap_of(&component::with_lines(DIVIDES, "(call $judge)")).await;
    let Some(Frame {
        function,
        place: Some(place),
    }) = trap.frames.first()
    else {
        panic!("{trap:?}")
    };
    assert_eq!(function, "share");
    assert!(place.starts_with("./gate.wat:"), "{place}");
}

#[tokio::test]
async fn functions_that_carry_a_panic_are_left_out() {
    let panics = "(func $rust_panic unreachable)
        (func $_ZN4core9panicking9panic_fmt17h0123456789abcdefE (call $rust_panic))
        (func $_ZN4gate5judge17h0123456789abcdefE (call $_ZN4core9panicking9panic_fmt17h0123456789abcdefE))";
    let gate = component::with_lines(
        panics,
        "(call $_ZN4gate5judge17h0123456789abcdefE) unreachable",
    );
    let trap = trap_of(&gate).await;
    assert_eq!(functions(&trap)[0], "gate::judge", "{trap:?}");
    assert!(trap.hint.contains("panic hook"), "{trap}");
}

#[tokio::test]
async fn panic_text_on_stderr_is_in_the_one_line() {
    let text = "thread 'main' panicked at src/lib.rs:7:5:\\0ano stock of shoes\\0anote: run with RUST_BACKTRACE=1";
    let trap = trap_of(&component::complaining(text)).await;
    assert_eq!(
        trap.message,
        "thread 'main' panicked at src/lib.rs:7:5: no stock of shoes"
    );
    assert_eq!(trap.stderr.len(), 3, "{trap:?}");
    assert!(trap.hint.is_empty(), "{trap}");
}

#[tokio::test]
async fn exception_of_python_is_in_the_one_line_and_not_the_panic_of_its_runtime() {
    let text = "Traceback (most recent call last):\\0a  File \\22/0/app.py\\22, line 12, in check\\0a  File \\22/0/app.py\\22, \
                line 9, in stock\\0a    raise ValueError(x)\\0aValueError: no stock\\0athread '<unnamed>' panicked at \
                runtime/src/lib.rs:1293:29:\\0aPython function threw an unexpected exception";
    let trap = trap_of(&component::complaining(text)).await;
    assert_eq!(
        trap.message,
        "ValueError: no stock (File \"/0/app.py\", line 9, in stock)"
    );
}

#[tokio::test]
async fn error_in_the_log_is_what_a_gate_without_stderr_said() {
    let log =
        r#"(import "lockgate:plugin/log@0.1.0" "write" (func $write (param i32 i32 i32 i32 i32)))"#;
    let says = "(call $write (i32.const 3) (i32.const 1024) (i32.const 8) (i32.const 0) (i32.const 0)) unreachable";
    let package = "package test:gates; world made { include lockgate:plugin/health-check@0.1.0; }";
    let trap = trap_of(&component::health_in(package, log, says, "no stock")).await;
    assert_eq!(trap.message, "no stock");
}

#[tokio::test]
async fn refused_memory_is_a_limit_although_the_gate_catches_it() {
    // Grows beyond 8 MiB, is refused, and answers healthy all the same.
    let catches = "(drop (memory.grow (i32.const 1000)))
        (i32.store8 (i32.const 2048) (i32.const 0)) (i32.store8 (i32.const 2052) (i32.const 1)) (i32.const 2048)";
    let failure = failure_of(&component::health(catches, "")).await;
    assert!(
        matches!(&failure, GateFailure::Limit(why) if why.contains("the limit is 8 MiB")),
        "{failure}"
    );
    // So is an err, with which a guest tells of the exception.
    let declines = "(drop (memory.grow (i32.const 1000)))
        (i32.store8 (i32.const 2048) (i32.const 1)) (i32.store (i32.const 2052) (i32.const 1024))
        (i32.store (i32.const 2056) (i32.const 13)) (i32.const 2048)";
    let failure = failure_of(&component::health(declines, "out of memory")).await;
    assert!(matches!(failure, GateFailure::Limit(_)), "{failure}");
}
