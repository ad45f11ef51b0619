//! Debian's real Prometheus reads the counts of the emulator's web app, each revision's from its own host, and `compare` judges
//! by them. It has to be fetched first, with `tests/prometheus/install`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::support::prometheus::Prometheus;
use crate::support::registry::{PASSWORD, USER};
use crate::support::{CANARY, Emulator, Lockgate, STABLE, TrafficGenerator};

/// The shop, half of whose requests the canary gets.
fn halved(behaviour: &Value) -> Emulator {
    let mut scenario = Emulator::shop();
    scenario["apps"][0]["traffic"] = json!([
        { "revision": STABLE, "weight": 50 },
        { "revision": CANARY, "weight": 50 },
    ]);
    let emulator = Emulator::start(&scenario);
    emulator.behave(CANARY, behaviour);
    emulator
}

#[test]
#[ignore = "needs tests/prometheus/install"]
fn real_server_reads_the_counts_of_each_revision_over_tls_with_a_password() {
    let emulator = halved(&json!({ "fails-share": 1.0, "latency-ms": 6 }));
    let server = Prometheus::reading(&emulator, &[STABLE, CANARY]);
    let failed = "sum(http_requests_total{revision=\"shop--v2\",code=\"500\"})";
    server.until("sum(up)", |up| up == Some(2.0));
    assert_eq!(
        server.value(failed),
        None,
        "no series before its first request"
    );
    assert_eq!(server.status(failed, false), 401);
    assert_eq!(server.status(failed, true), 200);

    let traffic = TrafficGenerator::on(&emulator);
    server.until(failed, |count| count > Some(20.0));
    server.until(
        "http_requests_total{revision=\"shop--v1\",code=\"200\"}",
        |count| count > Some(20.0),
    );
    server.until(
        "http_request_duration_seconds_bucket{revision=\"shop--v2\",le=\"0.005\"}",
        |count| count == Some(0.0),
    );
    server.until(
        "increase(http_request_duration_seconds_count{revision=\"shop--v2\"}[5s])",
        |count| count > Some(10.0),
    );
    emulator.restart(CANARY);
    server.until("resets(http_requests_total{code=\"500\"}[20s])", |resets| {
        resets == Some(1.0)
    });
    drop(traffic);
}

/// A rollout in two stages. The gate asks a Prometheus; its slices are as short as they may be.
const CONFIGURATION: &str = r#"
[app]
name = "shop"
resource-group = "demo"
subscription = "00000000-0000-0000-0000-000000000000"

[rollout]
stages = [50, 100]
bake = "1s"
check-interval = "1s"
retry-interval = "500ms"
gate-deadline = "90s"

[gates.compare]
allow = [{ origin = "URL", header.authorization = "Basic env:PROMETHEUS_LOGIN" }]

[gates.compare.settings]
source = "prometheus"
warm-up-s = 0
min-requests = 50
prometheus = { url = "URL", slice-s = 10, lag-s = 2 }

[[gates.compare.settings.metrics]]
name = "errors"
requests = "http_requests_total"
failed = 'http_requests_total{code=~"5.."}'

[[gates.compare.settings.metrics]]
name = "slow"
slower-than-ms = 50
histogram = "http_request_duration_seconds"
"#;

/// The shop under traffic, with a server that reads it, and a rollout that is to be judged by it.
struct Judged {
    lockgate: Lockgate,
    server: Prometheus,
    emulator: Emulator,
    _traffic: TrafficGenerator,
}

/// Starts everything, the canary with this behaviour.
fn judged(behaviour: &Value) -> Judged {
    let emulator = Emulator::healthy();
    emulator.behave(CANARY, behaviour);
    let server = Prometheus::reading(&emulator, &[STABLE, CANARY]);
    let traffic = TrafficGenerator::on(&emulator);
    let lockgate = Lockgate::on(&emulator, "rollout")
        .config(&CONFIGURATION.replace("URL", server.url()))
        .env("SSL_CERT_FILE", &server.ca().to_string_lossy())
        .env("PROMETHEUS_LOGIN", &login(PASSWORD));
    // A server that has just begun to look knows nothing of the newest slice.
    let scrapes = "count_over_time(http_requests_total{revision=\"shop--v1\"}[1m])";
    server.until(scrapes, |count| count > Some(24.0));
    Judged {
        lockgate,
        server,
        emulator,
        _traffic: traffic,
    }
}

/// Returns user and password as a header has them.
fn login(password: &str) -> String {
    STANDARD.encode(format!("{USER}:{password}"))
}

#[test]
#[ignore = "needs tests/prometheus/install"]
fn canary_that_fails_its_users_is_stopped_by_the_counts_of_prometheus() {
    // Neither the canary's series nor those of any failure are there before its first users come.
    let judged = judged(&json!({ "fails-share": 0.2 }));
    let run = judged.lockgate.run();
    run.ends(10, &judged.emulator)
        .says("health check compare: fail: errors: canary ")
        .says("against stable 0 of ");
    assert!(!format!("{run}").contains(&login(PASSWORD)), "{run}");
}

#[test]
#[ignore = "needs tests/prometheus/install"]
fn good_canary_is_let_on_although_it_restarts_and_its_counters_begin_again() {
    let judged = judged(&json!({}));
    let running = judged.lockgate.start();
    let canary = "sum(http_requests_total{revision=\"shop--v2\"})";
    judged.server.until(canary, |count| count > Some(200.0));
    judged.emulator.restart(CANARY);
    judged.server.until(canary, |count| count < Some(200.0));
    let run = running.finish();
    run.ends(0, &judged.emulator)
        .says("health check compare: pass: ");
}

#[test]
#[ignore = "needs tests/prometheus/install"]
fn slow_canary_is_stopped_by_the_buckets_of_a_histogram() {
    let judged = judged(&json!({ "latency-ms": 60 }));
    let run = judged.lockgate.run();
    run.ends(10, &judged.emulator)
        .says("health check compare: fail: slow: canary ");
}

#[test]
#[ignore = "needs tests/prometheus/install"]
fn bound_that_no_bucket_has_is_found_before_any_traffic_and_the_bounds_are_named() {
    let judged = judged(&json!({}));
    let lockgate = judged
        .lockgate
        .replacing("slower-than-ms = 50", "slower-than-ms = 42");
    let run = lockgate.run();
    run.ends(12, &judged.emulator)
        .says("slower-than-ms is no bound of a bucket of http_request_duration_seconds")
        .says("its bounds are 5, 10, 25, 50, 100, 250, 500, 1,000, 2,500, 5,000, 10,000 ms");
    assert!(judged.emulator.writes().is_empty(), "{run}");
}

#[test]
#[ignore = "needs tests/prometheus/install"]
fn server_that_refuses_the_password_is_no_verdict() {
    let judged = judged(&json!({}));
    let lockgate = judged.lockgate.env("PROMETHEUS_LOGIN", &login("coffee"));
    let run = lockgate.run();
    run.ends(12, &judged.emulator).says("401");
}
