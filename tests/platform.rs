//! Failures of the platform: an app that cannot be read is refused, a write that fails is rolled back, and a write whose
//! answer is lost is verified by reading.

use serde_json::{Value, json};

use crate::support::{CANARY, Emulator, Finished, Lockgate, STABLE};

/// Runs a rollout while every read of the app fails, and asserts that it is refused.
fn unreadable(what: &Value) -> Finished {
    let emulator = Emulator::healthy();
    emulator.fault(&json!({ "on": { "method": "GET" }, "what": what }));
    let run = Lockgate::on(&emulator, "rollout").run();
    run.ends(30, &emulator);
    run
}

fn refuse(status: u16, code: &str) -> Value {
    json!({ "refuse": { "status": status, "code": code, "message": "the platform's own words" } })
}

#[test]
fn unreachable_platform_is_named() {
    let run = Lockgate::at("http://127.0.0.1:9", "rollout").run();
    run.exits(30)
        .says("127.0.0.1:9")
        .says("nothing was written");
}

#[test]
fn status_401_shows_how_to_get_a_token() {
    unreadable(&refuse(401, "ExpiredAuthenticationToken"))
        .says("401")
        .says("the platform's own words")
        .says("token");
}

#[test]
fn status_403_names_the_missing_permission() {
    unreadable(&refuse(403, "AuthorizationFailed"))
        .says("403")
        .says("AuthorizationFailed")
        .says("Microsoft.App/containerApps");
}

#[test]
fn status_404_names_the_app() {
    unreadable(&refuse(404, "ResourceNotFound"))
        .says("404")
        .says("shop");
}

#[test]
fn status_409_is_shown() {
    unreadable(&refuse(409, "ContainerAppOperationInProgress")).says("409");
}

#[test]
fn status_429_is_shown_after_the_last_retry() {
    unreadable(&refuse(429, "TooManyRequests")).says("429");
}

#[test]
fn status_500_is_shown_after_the_last_retry() {
    unreadable(&refuse(500, "InternalServerError")).says("500");
}

#[test]
fn truncated_json_is_refused() {
    unreadable(&json!("truncated"));
}

#[test]
fn request_id_is_shown() {
    unreadable(&refuse(403, "AuthorizationFailed")).says("request");
}

#[test]
fn one_failing_read_is_repeated() {
    let emulator = Emulator::healthy();
    let what = refuse(503, "ServiceUnavailable");
    emulator.fault(&json!({ "on": { "method": "GET" }, "nth": 1, "what": what }));
    Lockgate::on(&emulator, "rollout").run().ends(0, &emulator);
}

#[test]
fn write_that_is_refused_at_the_first_stage_leaves_the_baseline() {
    let emulator = Emulator::healthy();
    let what = refuse(403, "AuthorizationFailed");
    emulator.fault(&json!({ "on": { "method": "PATCH" }, "what": what }));
    let run = Lockgate::on(&emulator, "rollout").run();
    run.ends(12, &emulator).says("AuthorizationFailed");
}

#[test]
fn write_whose_answer_is_lost_is_verified_and_the_run_continues() {
    let emulator = Emulator::healthy();
    emulator.fault(&json!({
        "on": { "method": "PATCH" }, "nth": 2, "what": "applied-but-answer-lost"
    }));
    let run = Lockgate::on(&emulator, "rollout").run();
    run.ends(0, &emulator)
        .says("the write may or may not have been applied");
}

#[test]
fn lost_write_is_detected_and_rolled_back() {
    let emulator = Emulator::healthy();
    emulator.fault(&json!({ "on": { "method": "PATCH" }, "nth": 2, "what": "reset" }));
    let run = Lockgate::on(&emulator, "rollout")
        .replacing("verify-deadline = \"3s\"", "verify-deadline = \"500ms\"")
        .replacing("rollback-deadline = \"4s\"", "rollback-deadline = \"30s\"")
        .run();
    run.ends(12, &emulator);
}

#[test]
fn operation_that_fails_is_rolled_back() {
    let emulator = Emulator::healthy();
    emulator.fault(&json!({
        "on": { "method": "PATCH" }, "nth": 3,
        "what": { "operation-failed": { "code": "Broken", "message": "the operation's own words" } }
    }));
    let run = Lockgate::on(&emulator, "rollout").run();
    run.ends(12, &emulator).says("the operation's own words");
}

#[test]
fn run_waits_for_a_busy_app() {
    let emulator = Emulator::healthy();
    let what = refuse(409, "ContainerAppOperationInProgress");
    emulator.fault(&json!({ "on": { "method": "PATCH" }, "nth": 2, "times": 1, "what": what }));
    Lockgate::on(&emulator, "rollout").run().ends(0, &emulator);
}

#[test]
fn foreign_change_of_traffic_supersedes_the_run() {
    let emulator = Emulator::healthy();
    let foreign = json!([
        { "revision": STABLE, "weight": 70 },
        { "revision": CANARY, "weight": 30 },
    ]);
    emulator.fault(&json!({
        "on": { "method": "PATCH" }, "nth": 2, "what": { "foreign-write": { "traffic": foreign } }
    }));
    let run = Lockgate::on(&emulator, "rollout").run();
    run.exits(31).says("superseded").says("lockgate status");
    let weights = emulator.weights();
    assert_eq!(weights[CANARY], 30, "the foreign write is unchanged: {run}");
    assert_eq!(emulator.writes().len(), 2, "no write follows: {run}");
}

#[cfg(unix)]
#[test]
fn rollback_is_sent_without_an_answered_read() {
    let emulator = Emulator::healthy();
    emulator.behave(CANARY, &json!({ "fails-from-weight": 25 }));
    let lockgate =
        Lockgate::on(&emulator, "rollout").replacing("bake = \"300ms\"", "bake = \"60s\"");
    let mut running = lockgate.start();
    let _stdout = running.read_until(|line| line.contains("read back"));
    emulator.fault(&json!({
        "on": { "method": "GET", "path-contains": "containerApps/shop" },
        "what": { "delay": { "ms": 60_000 } },
    }));
    running.signal("INT");
    emulator.until("the baseline stands", |emulator| {
        emulator.weights() == [(STABLE.to_owned(), 100)].into()
    });
    running.signal("KILL");
    let run = running.finish();
    assert_eq!(emulator.writes().len(), 2, "{run}");
}

#[test]
fn rollback_that_is_always_refused_ends_stuck() {
    let emulator = Emulator::healthy();
    emulator.behave(CANARY, &json!({ "fails-from-weight": 25 }));
    let what = refuse(403, "AuthorizationFailed");
    emulator.fault(&json!({ "on": { "method": "PATCH" }, "nth": 3, "times": 1000, "what": what }));
    let run = Lockgate::on(&emulator, "rollout").run();
    run.exits(21)
        .says("STUCK")
        .says("a person must act")
        .says("lockgate abort");
    assert_eq!(emulator.weights()[CANARY], 25, "{run}");
}

#[test]
fn token_of_the_environment_is_sent_and_not_printed() {
    let mut scenario = Emulator::shop();
    scenario["token"] = json!("the-right-one");
    let emulator = Emulator::start(&scenario);
    let wrong = Lockgate::on(&emulator, "rollout").env("LOCKGATE_ARM_TOKEN", "another");
    wrong.run().ends(30, &emulator).says("401");
    let right = Lockgate::on(&emulator, "rollout").env("LOCKGATE_ARM_TOKEN", "the-right-one");
    let run = right.run();
    run.ends(0, &emulator);
    assert!(
        !format!("{run}").contains("the-right-one"),
        "the token is not printed"
    );
}
