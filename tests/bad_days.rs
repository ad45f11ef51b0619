//! A platform that is throttled, busy, slow, stale or stuck: how a run ends, and where the traffic is then.

use serde_json::{Value, json};

use crate::support::{CANARY, Emulator, Lockgate, STABLE};

/// Starts an emulator in which the n-th write of traffic meets this fault.
fn nth_write(nth: u32, what: &Value) -> Emulator {
    let emulator = Emulator::healthy();
    emulator.fault(&json!({ "on": { "method": "PATCH" }, "nth": nth, "what": what }));
    emulator
}

/// Starts an emulator in which the canary fails at 10 %, and the first `times` writes of the rollback meet this fault.
fn faulty_rollback(times: u32, what: &Value) -> Emulator {
    let emulator = Emulator::healthy();
    emulator.behave(CANARY, &json!({ "fails-from-weight": 10 }));
    emulator.fault(&json!({
        "on": { "method": "PATCH", "body-contains": "\"weight\":100" }, "nth": 1, "times": times,
        "what": what,
    }));
    emulator
}

fn rollout(emulator: &Emulator) -> Lockgate {
    Lockgate::on(emulator, "rollout")
        .replacing("rollback-deadline = \"4s\"", "rollback-deadline = \"30s\"")
}

fn refuse(status: u16, code: &str) -> Value {
    json!({ "refuse": { "status": status, "code": code } })
}

#[test]
fn throttled_write_is_repeated_after_the_requested_pause() {
    let throttled = json!({ "refuse": { "status": 429, "retry-after": 1 } });
    let emulator = nth_write(2, &throttled);
    rollout(&emulator).run().ends(0, &emulator);
}

#[test]
fn write_that_is_throttled_for_an_hour_is_rolled_back_without_waiting() {
    let throttled = json!({ "refuse": { "status": 429, "retry-after": 3600 } });
    let emulator = nth_write(2, &throttled);
    let run = rollout(&emulator).run();
    run.ends(12, &emulator).says("429").says("60 min");
}

#[test]
fn throttled_rollback_is_repeated_until_it_succeeds() {
    let throttled = json!({ "refuse": { "status": 429, "retry-after": 1 } });
    let emulator = faulty_rollback(3, &throttled);
    rollout(&emulator).run().ends(10, &emulator);
}

#[test]
fn rollback_that_is_throttled_for_an_hour_ends_stuck_at_its_deadline() {
    let throttled = json!({ "refuse": { "status": 429, "retry-after": 3600 } });
    let emulator = faulty_rollback(1_000, &throttled);
    let run = Lockgate::on(&emulator, "rollout").run();
    run.exits(21).says("STUCK").says("lockgate abort");
    assert_eq!(emulator.weights()[CANARY], 10, "{run}");
    let after = Lockgate::on(&emulator, "status").run();
    after.exits(0).says("canary shop--v2 at 10 %");
}

#[test]
fn rollback_waits_for_a_busy_app() {
    let emulator = faulty_rollback(3, &refuse(409, "ContainerAppOperationInProgress"));
    rollout(&emulator).run().ends(10, &emulator);
}

#[test]
fn rollback_is_repeated_after_errors_of_the_service() {
    for what in [
        refuse(503, "ServiceUnavailable"),
        refuse(500, "InternalServerError"),
        json!("reset"),
        json!("truncated"),
    ] {
        let emulator = faulty_rollback(2, &what);
        rollout(&emulator).run().ends(10, &emulator);
    }
}

#[test]
fn write_that_failed_after_it_was_applied_is_found_by_reading() {
    for what in [json!("applied-but-answer-lost"), json!("truncated")] {
        let emulator = nth_write(2, &what);
        rollout(&emulator).run().ends(0, &emulator);
    }
}

#[test]
fn stale_reads_after_a_write_are_repeated() {
    let emulator = Emulator::healthy();
    // The first read after each of the first two writes shows the version before it.
    for nth in [4, 9] {
        emulator.fault(&json!({
            "on": { "method": "GET", "path-contains": "containerApps/shop" }, "nth": nth,
            "what": { "stale-read": { "versions": 1 } },
        }));
    }
    rollout(&emulator).run().ends(0, &emulator);
}

#[test]
fn app_that_stays_busy_is_not_reported_as_rolled_back() {
    let emulator = nth_write(2, &json!("stuck-operation"));
    let run = Lockgate::on(&emulator, "rollout").run();
    assert!(matches!(run.code, Some(20 | 21)), "{run}");
    run.says("lockgate abort");
}

#[test]
fn rollback_survives_writes_that_are_refused_for_an_expired_token() {
    let emulator = faulty_rollback(2, &refuse(401, "ExpiredAuthenticationToken"));
    rollout(&emulator).run().ends(10, &emulator);
}

#[cfg(unix)]
#[test]
fn write_that_lands_after_the_rollback_is_undone() {
    let emulator = Emulator::healthy();
    emulator.fault(&json!({
        "on": { "method": "PATCH" }, "nth": 2, "what": { "delay": { "ms": 6_000 } },
    }));
    let lockgate = rollout(&emulator);
    let mut running = lockgate.start();
    let _stdout = running.read_until(|line| line.contains("writing shop--v1 75 %"));
    running.signal("INT");
    let run = running.finish();
    run.ends(11, &emulator);
    assert_eq!(
        emulator.weights(),
        [(STABLE.to_owned(), 100)].into(),
        "{run}"
    );
}
