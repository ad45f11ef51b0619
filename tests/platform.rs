//! The platform misbehaves: what cannot be read is refused, what cannot be written is rolled back, and an answer that
//! is lost is read back.

use serde_json::{Value, json};

use crate::support::{CANARY, Emulator, Finished, Lockgate, STABLE};

/// Lets every read of the app fail, and tries a rollout.
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
fn http_401_says_how_to_get_a_token() {
    unreadable(&refuse(401, "ExpiredAuthenticationToken"))
        .says("401")
        .says("the platform's own words")
        .says("token");
}

#[test]
fn http_403_says_which_right_is_missing() {
    unreadable(&refuse(403, "AuthorizationFailed"))
        .says("403")
        .says("AuthorizationFailed")
        .says("Microsoft.App/containerApps");
}

#[test]
fn http_404_says_what_to_check() {
    unreadable(&refuse(404, "ResourceNotFound"))
        .says("404")
        .says("shop");
}

#[test]
fn http_409_is_told() {
    unreadable(&refuse(409, "ContainerAppOperationInProgress")).says("409");
}

#[test]
fn http_429_is_told_after_patience() {
    unreadable(&refuse(429, "TooManyRequests")).says("429");
}

#[test]
fn http_500_is_told_after_patience() {
    unreadable(&refuse(500, "InternalServerError")).says("500");
}

#[test]
fn truncated_json_is_told() {
    unreadable(&json!("truncated"));
}

#[test]
fn request_id_is_in_the_message() {
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
fn write_whose_answer_is_lost_is_read_back_and_the_run_goes_on() {
    let emulator = Emulator::healthy();
    emulator.fault(&json!({
        "on": { "method": "PATCH" }, "nth": 2, "what": "applied-but-answer-lost"
    }));
    let run = Lockgate::on(&emulator, "rollout").run();
    run.ends(0, &emulator).says("nobody knows whether");
}

#[test]
fn write_that_is_lost_is_found_out_and_rolled_back() {
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
fn busy_app_is_waited_for() {
    let emulator = Emulator::healthy();
    let what = refuse(409, "ContainerAppOperationInProgress");
    emulator.fault(&json!({ "on": { "method": "PATCH" }, "nth": 2, "times": 1, "what": what }));
    Lockgate::on(&emulator, "rollout").run().ends(0, &emulator);
}

#[test]
fn foreign_change_of_traffic_means_hands_off() {
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
    assert_eq!(
        weights[CANARY], 30,
        "what somebody else wrote stands: {run}"
    );
    assert_eq!(emulator.writes().len(), 2, "no write follows: {run}");
}

#[cfg(unix)]
#[test]
fn rollback_is_sent_although_no_read_is_answered() {
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
fn rollback_that_never_gets_through_is_stuck_and_says_so() {
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
fn token_of_the_environment_is_sent() {
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
