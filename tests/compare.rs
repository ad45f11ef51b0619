//! The gate `compare`, as it is in the executable: its cases, its settings, its sources, and whole rollouts by real traffic.

mod server;

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::support::{CANARY, Emulator, Finished, Lockgate, TrafficGenerator};
use server::{Server, TOKEN};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../plugins/compare")
}

fn gate(command: &str) -> Lockgate {
    Lockgate::at("http://127.0.0.1:9", &format!("gate {command}"))
}

/// A rollout in two stages that http-health and `compare` judge; counts appear without a delay, by the second.
const CONFIGURATION: &str = r#"
[app]
name = "shop"
resource-group = "demo"
subscription = "00000000-0000-0000-0000-000000000000"

[azure]
metrics-lag = "0s"
metrics-slice = "1s"

[rollout]
stages = [50, 100]
bake = "1s"
check-interval = "200ms"
retry-interval = "100ms"
gate-deadline = "60s"

[gates.http-health]
settings = { interval-ms = 10 }

[gates.compare]
settings = { warm-up-s = 0, min-requests = 50, metrics = [{ name = "errors", harm = 0.1 }] }
"#;

fn rollout(emulator: &Emulator) -> Lockgate {
    Lockgate::on(emulator, "rollout").config(CONFIGURATION)
}

#[test]
fn cases_are_as_expected() {
    let cases = folder().join("cases");
    gate("test")
        .arg(&cases.to_string_lossy())
        .run()
        .exits(0)
        .says("worse.case.toml: a canary that fails a twentieth of its requests")
        .says("0 failed");
}

#[test]
fn gate_passes_the_conformance_checks() {
    gate("check compare")
        .run()
        .exits(0)
        .says("checks, 0 failed");
}

#[test]
fn mistakes_in_the_settings_are_found_before_the_gate_is_asked() {
    let refused = |settings: &str| {
        let run = gate("check compare --settings").arg(settings).run();
        run.exits(2);
        run
    };
    refused(r#"{ "alpha": 2, "sauce": "probe" }"#)
        .says("alpha: 2 is more than 0.2")
        .says("sauce: unknown setting")
        .says("did you mean `source`?");
    refused(r#"{ "metrics": [{ "name": "a", "tolerance": { "ratio": 0.5 } }] }"#)
        .says("metrics[0].tolerance.ratio: 0.5");
    refused(r#"{ "metrics": [{ "name": "a", "tolerance": { "ratio": 0 } }] }"#)
        .says("metrics[0].tolerance.difference: missing");
    refused(r#"{ "source": "prometheus" }"#).says("prometheus: missing");
    refused(r#"{ "burst": 0 }"#).says("burst: 0");
}

#[test]
fn settings_are_completed_by_the_kind_of_each_metric() {
    let settings = r#"{ "source": "probe", "probes": 1, "metrics": [{ "name": "errors" }, { "name": "slow", "slower-than-ms": 500, "tolerance": { "ratio": 2 } }] }"#;
    let emulator = Emulator::healthy();
    let url = emulator.revision_url(CANARY);
    let record = Lockgate::on(
        &emulator,
        &format!("gate record compare --canary {url} --out a.har --settings"),
    )
    .arg(settings);
    // One probe is not enough for anything.
    record.run().exits(10).says("Not enough evidence");
    let har = std::fs::read(record.folder().join("a.har")).expect("a recording");
    let har: Value = serde_json::from_slice(&har).expect("JSON");
    let kept = har
        .pointer("/log/pages/0/_lockgate/ask/settings")
        .expect("they are kept");
    assert_eq!(kept["min-requests"], 30, "{kept}");
    assert_eq!(kept["burst"], "auto", "{kept}");
    let [errors, slow] = [&kept["metrics"][0], &kept["metrics"][1]];
    assert_eq!(
        errors["tolerance"],
        json!({ "ratio": 1.1, "difference": 0.0005 }),
        "{kept}"
    );
    assert_eq!(
        (&errors["harm"], &errors["failures"]),
        (&json!(0.01), &json!(["5xx"])),
        "{kept}"
    );
    assert_eq!(
        slow["tolerance"],
        json!({ "ratio": 2, "difference": 0.01 }),
        "{kept}"
    );
    assert_eq!(
        (&slow["harm"], slow.get("failures")),
        (&json!(0.05), None),
        "{kept}"
    );
}

#[test]
fn canary_that_fails_its_users_is_stopped_although_it_looks_well() {
    let emulator = Emulator::start(&Emulator::shop_by_the_second());
    emulator.behave(CANARY, &json!({ "fails-share": 0.1 }));
    let traffic = TrafficGenerator::on(&emulator);
    let rollout = rollout(&emulator);
    let run = rollout.run();
    drop(traffic);
    run.ends(10, &emulator)
        .says("health check http-health: pass")
        .says("health check compare: fail: errors: canary ")
        .says("tolerated 1.1 x stable's + 0.05 points. The chance of this with a canary within tolerance");
    // Its calls can be put again from their recordings, with the same answers.
    rollout
        .again(&["gate", "backtest", "compare"])
        .exits(0)
        .says("would have rolled back at stage 1 of 2, weight 50 %")
        .says("0  otherwise changed")
        .says("0  could not answer");
}

#[test]
fn canary_that_is_as_good_as_stable_is_promoted() {
    let emulator = Emulator::start(&Emulator::shop_by_the_second());
    let traffic = TrafficGenerator::on(&emulator);
    let run = rollout(&emulator).run();
    drop(traffic);
    run.ends(0, &emulator)
        .says("health check compare: pass: errors: ")
        .says("at 100 % that is at most 10 % of all requests");
}

#[test]
fn canary_without_traffic_is_not_let_on_and_not_called_worse() {
    let emulator = Emulator::start(&Emulator::shop_by_the_second());
    let run = rollout(&emulator)
        .replacing("gate-deadline = \"60s\"", "gate-deadline = \"3s\"")
        .run();
    run.ends(10, &emulator)
        .says(" requests, beside 0 of stable, about ");
    assert!(!format!("{run}").contains("tolerated"), "{run}");
}

#[test]
fn missing_role_is_found_before_the_first_write() {
    let mut scenario = Emulator::shop_by_the_second();
    scenario["denied"] = json!(["Microsoft.Insights/metrics/read"]);
    let emulator = Emulator::start(&scenario);
    let run = rollout(&emulator).run();
    run.says("Monitoring Reader");
    assert!(emulator.writes().is_empty(), "{run}");
}

/// Asks the gate once, before the canary has traffic, with a Prometheus as its source.
fn asked_of(server: &Server, mode: &str, token: &str) -> Finished {
    let (origin, settings) = (server.origin(), prometheus(server, mode));
    gate("run compare --canary https://canary.example --settings")
        .arg(&settings)
        .arg("--header")
        .arg(&format!("{origin} authorization=Bearer env:PROM_TOKEN"))
        .env("PROM_TOKEN", token)
        .env("SSL_CERT_FILE", &server.ca().to_string_lossy())
        .run()
}

fn prometheus(server: &Server, mode: &str) -> String {
    let url = format!("{}/{mode}", server.origin());
    let metric = json!({ "name": "errors", "requests": "http_total", "failed": "http_total{code=~\"5..\"}" });
    json!({ "source": "prometheus", "prometheus": { "url": url }, "metrics": [metric] }).to_string()
}

#[test]
fn prometheus_is_asked_over_tls_with_a_token_that_the_gate_never_sees() {
    let server = Server::start();
    let run = asked_of(&server, "good", TOKEN);
    run.exits(0)
        .says("errors: stable failed 120 of 60,000 requests in the last 60 min");
    assert!(!format!("{run}").contains(TOKEN), "{run}");
    asked_of(&server, "good", "another")
        .exits(12)
        .says("Prometheus answered 401: its credentials belong to the allow rule of the gate");
    gate("run compare --canary https://canary.example --settings")
        .arg(&prometheus(&server, "good"))
        .run()
        .exits(12)
        .says("denied");
}

#[test]
fn prometheus_that_does_not_answer_well_is_never_a_pass_by_accident() {
    let server = Server::start();
    for (mode, text) in [
        (
            "broken",
            "Prometheus answered 400: parse error: unexpected end",
        ),
        ("nan", "a count of NaN at"),
        ("page", "it is not the API of a Prometheus"),
        ("elsewhere/below", "Prometheus answered 404"),
    ] {
        asked_of(&server, mode, TOKEN).exits(12).says(text);
    }
    // Nothing is decided yet; the sentence says what is missing.
    for (mode, text) in [
        (
            "busy",
            "No new counts in this call: Prometheus answered 429: too many queries",
        ),
        (
            "partial",
            "its answer is not whole: one of the stores did not answer",
        ),
    ] {
        asked_of(&server, mode, TOKEN).says(text);
    }
}

#[test]
fn configurations_of_its_readme_are_valid() {
    let readme = std::fs::read_to_string(folder().join("README.md")).expect("its README");
    let blocks: Vec<&str> = readme
        .split("```toml\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .collect();
    assert!(blocks.len() >= 4, "every source has an example");
    let app = CONFIGURATION.split("[azure]").next().expect("the app");
    for block in blocks {
        Lockgate::at("http://127.0.0.1:9", "validate")
            .config(&format!("{app}{block}"))
            .env("PROM_TOKEN", TOKEN)
            .run()
            .exits(0);
    }
}
