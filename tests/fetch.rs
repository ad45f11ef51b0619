//! A gate in JavaScript that uses plain `fetch()`, on `wasi:http`: its requests meet the same policy and the same limits
//! as those of every gate. It has to be built first, with `tests/guests/fetch/build`.

use std::path::Path;
use std::sync::LazyLock;

use serde_json::{Value, json};

use crate::support::{Emulator, Finished, Lockgate};

/// Returns the path of the component, after compiling it into the shared cache: a debug build takes many seconds for it.
fn gate() -> &'static str {
    static GATE: LazyLock<String> = LazyLock::new(|| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.cache/guests/fetch.wasm");
        let path = path.display().to_string();
        let inspect = Lockgate::on(&Emulator::healthy(), "gate inspect").arg(&path);
        inspect.run().exits(0).says("wasi:http/outgoing-handler");
        path
    });
    &GATE
}

/// Calls the gate about a URL, with these settings.
fn called(canary: &str, settings: Value, more: &[&str]) -> Finished {
    let mut run = Lockgate::at("http://127.0.0.1:9", "gate run")
        .arg(gate())
        .arg("--canary")
        .arg(canary)
        .arg("--settings")
        .arg(&settings.to_string());
    for arg in more {
        run = run.arg(arg);
    }
    run.run()
}

#[test]
#[ignore = "needs tests/guests/fetch/build"]
fn fetch_reaches_the_canary_and_the_gate_passes() {
    let emulator = Emulator::healthy();
    let run = called(emulator.app_url(), json!({}), &[]);
    run.exits(0)
        .says("health check fetch: pass: fetch got 200 with");
}

#[test]
#[ignore = "needs tests/guests/fetch/build"]
fn gate_that_uses_fetch_decides_a_rollout() {
    let emulator = Emulator::healthy();
    let gates = format!("[gates.fetch]\nplugin = {:?}\n", gate());
    let run = Lockgate::on(&emulator, "rollout").gates(&gates).run();
    run.ends(0, &emulator).says("health check fetch: pass");
}

#[test]
#[ignore = "needs tests/guests/fetch/build"]
fn fetch_needs_an_allowed_origin() {
    let (canary, other) = (Emulator::healthy(), Emulator::healthy());
    let settings = json!({ "url": format!("{}/?token=secret", other.app_url()) });
    let run = called(canary.app_url(), settings.clone(), &[]);
    run.exits(10)
        .says("fail: fetch failed 1 of 1 times: TypeError")
        .says(&format!(
            "warning: GET {}/ was not answered: denied: {0} is neither a revision's origin nor on",
            other.app_url()
        ));
    assert!(!run.stderr.contains("secret"), "{run}");
    called(canary.app_url(), settings, &["--allow", other.app_url()])
        .exits(0)
        .says("fetch got 200");
}

#[test]
#[ignore = "needs tests/guests/fetch/build"]
fn fetch_with_a_body_over_the_limit_is_an_error_that_names_the_limit() {
    let emulator = Emulator::healthy();
    let few = json!({ "body-bytes": 1_000 });
    called(emulator.app_url(), few, &[]).exits(0);
    // The second body is longer than the host's buffer for a body that the guest is still writing.
    for bytes in [(1 << 20) + 1, 3_000_000] {
        called(emulator.app_url(), json!({ "body-bytes": bytes }), &[])
            .exits(10)
            .says("fail: fetch failed 1 of 1 times: TypeError")
            .says(&format!(
                "invalid: a body of {bytes} bytes; at most 1048576 are sent"
            ));
    }
}

#[test]
#[ignore = "needs tests/guests/fetch/build"]
fn fetches_over_the_limit_of_requests_are_errors_and_the_others_succeed() {
    let emulator = Emulator::healthy();
    called(emulator.app_url(), json!({ "times": 100 }), &[]).exits(0);
    called(emulator.app_url(), json!({ "times": 103 }), &[])
        .exits(10)
        .says("fail: fetch failed 3 of 103 times: TypeError")
        .says("budget: a call may send 100 requests");
    // Requests that are refused before their body is complete do not break the gate.
    let settings = json!({ "times": 103, "body-bytes": 100_000 });
    called(emulator.app_url(), settings, &[])
        .exits(10)
        .says("budget: a call may send 100 requests");
}

#[test]
#[ignore = "needs tests/guests/fetch/build"]
fn fetch_of_a_canary_that_refuses_connections_is_an_error_with_the_reason() {
    called("http://127.0.0.1:9", json!({}), &[])
        .exits(10)
        .says("fail: fetch failed 1 of 1 times: TypeError")
        .says("GET http://127.0.0.1:9/ was not answered: unreachable: ");
}

#[test]
#[ignore = "needs tests/guests/fetch/build"]
fn fetch_of_a_name_that_is_not_resolved_here_is_a_gate_failure() {
    let canary = format!("http://{}.example", "a".repeat(64));
    called(&canary, json!({}), &[])
        .exits(12)
        .says("is not resolved from this machine")
        .says("the gate's answer says nothing about the canary: fail: fetch failed 1 of 1 times");
}

#[test]
#[ignore = "needs tests/guests/fetch/build"]
fn recorded_fetch_is_replayed_without_an_emulator() {
    let emulator = Emulator::healthy();
    let record = Lockgate::at("http://127.0.0.1:9", "gate record --out x.har --canary")
        .arg(emulator.app_url())
        .arg(gate());
    record.run().exits(0);
    let har = std::fs::read(record.folder().join("x.har")).expect("a recording");
    drop(emulator);
    Lockgate::at("http://127.0.0.1:9", "gate replay --strict")
        .arg(gate())
        .arg("x.har")
        .file("x.har", &har)
        .run()
        .exits(0)
        .says("the same answer as recorded");
}
