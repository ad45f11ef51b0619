//! A promotion gate that judges by the platform's request counts, while real requests are served.

use serde_json::{Value, json};

use crate::support::{CANARY, Emulator, Finished, Lockgate, TrafficGenerator, counting};

/// Two stages, of which only the second has the gate; counts appear without a delay, by the second.
const CONFIGURATION: &str = r#"
[app]
name = "shop"
resource-group = "demo"
subscription = "00000000-0000-0000-0000-000000000000"

[azure]
metrics-lag = "0s"
metrics-slice = "1s"

[rollout]
stages = [{ weight = 25, gates = [] }, { weight = 100, gates = ["counts"] }]
bake = "100ms"
gate-deadline = "60s"
retry-interval = "50ms"

[gates.counts]
plugin = "./counts.wasm"
"#;

fn lockgate(emulator: &Emulator) -> Lockgate {
    Lockgate::on(emulator, "rollout")
        .config(CONFIGURATION)
        .file("counts.wasm", &counting::counting())
}

/// Returns the requests for counts that the emulator received.
fn count_requests(emulator: &Emulator) -> Vec<Value> {
    let is_count = |request: &Value| {
        let path = request["path"].as_str().unwrap_or_default();
        path.ends_with("/providers/Microsoft.Insights/metrics")
    };
    emulator.requests().into_iter().filter(is_count).collect()
}

/// Rolls out with a gate that never gets counts, and a short deadline.
fn without_counts(scenario: &Value) -> (Emulator, Finished) {
    let emulator = Emulator::start(scenario);
    let run = lockgate(&emulator)
        .replacing("gate-deadline = \"60s\"", "gate-deadline = \"300ms\"")
        .run();
    (emulator, run)
}

#[test]
fn gate_promotes_a_canary_whose_counted_responses_are_good() {
    let emulator = Emulator::start(&Emulator::shop_by_the_second());
    let traffic = TrafficGenerator::on(&emulator);
    let run = lockgate(&emulator).run();
    drop(traffic);
    run.ends(0, &emulator)
        .says("promotion gate counts: pass: the canary answers well");
    assert!(!count_requests(&emulator).is_empty(), "{run}");
}

#[test]
fn gate_stops_a_canary_that_fails_only_under_real_traffic() {
    let emulator = Emulator::start(&Emulator::shop_by_the_second());
    emulator.behave(CANARY, &json!({ "fails-from-weight": 25 }));
    let traffic = TrafficGenerator::on(&emulator);
    let run = lockgate(&emulator).run();
    drop(traffic);
    run.ends(10, &emulator)
        .says("promotion gate counts: fail: the canary answered with 5xx");
    let writes = emulator.writes();
    assert_eq!(writes.len(), 2, "25 % and back: {run}");
}

#[test]
fn missing_counts_hold_the_canary_with_a_reason() {
    let mut scenario = Emulator::shop();
    scenario["metrics"] = json!({ "absent": true, "shortest-slice-s": 1 });
    let (emulator, run) = without_counts(&scenario);
    run.ends(10, &emulator)
        .says("no data yet for shop--v1 and shop--v2");
}

#[test]
fn counts_without_permission_name_the_missing_role() {
    let mut scenario = Emulator::shop_by_the_second();
    scenario["denied"] = json!(["Microsoft.Insights/metrics/read"]);
    let (emulator, run) = without_counts(&scenario);
    run.ends(10, &emulator)
        .says("Microsoft.Insights/metrics/read")
        .says("Monitoring Reader");
}

#[test]
fn counts_are_requested_in_the_time_of_the_service() {
    let mut scenario = Emulator::shop_by_the_second();
    scenario["clock-skew-s"] = json!(-240);
    let emulator = Emulator::start(&scenario);
    let traffic = TrafficGenerator::on(&emulator);
    let run = lockgate(&emulator).run();
    drop(traffic);
    run.ends(0, &emulator)
        .says("promotion gate counts: pass: the canary answers well");
}

#[test]
fn gates_that_ask_for_the_same_slices_share_one_request() {
    let emulator = Emulator::healthy();
    // The second gate sends its request before the first response has arrived.
    let delay = json!({ "delay": { "ms": 500 } });
    let on = json!({ "path-contains": "Microsoft.Insights" });
    emulator.fault(&json!({ "on": on, "what": delay }));
    // As on Azure the slices stay the same for a minute. Requests that are served now are not in one yet.
    let second = "\n[gates.twin]\nplugin = \"./counts.wasm\"\n";
    let run = Lockgate::on(&emulator, "rollout")
        .config(&format!("{CONFIGURATION}{second}"))
        .replacing("gates = [\"counts\"]", "gates = [\"counts\", \"twin\"]")
        .replacing("gate-deadline = \"60s\"", "gate-deadline = \"1ms\"")
        .replacing(
            "metrics-lag = \"0s\"\nmetrics-slice = \"1s\"",
            "metrics-lag = \"3m\"",
        )
        .file("counts.wasm", &counting::counting())
        .run();
    run.ends(10, &emulator).says("no data yet");
    assert_eq!(count_requests(&emulator).len(), 1, "{run}");
}
