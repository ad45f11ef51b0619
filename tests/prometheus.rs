//! Debian's real Prometheus reads the counts of the emulator's web app, each revision's from its own host. It has to be fetched
//! first, with `tests/prometheus/install`.

use crate::support::prometheus::Prometheus;
use crate::support::{CANARY, Emulator, STABLE, TrafficGenerator};

/// The shop, half of whose requests the canary gets.
fn halved(behaviour: &serde_json::Value) -> Emulator {
    let mut scenario = Emulator::shop();
    scenario["apps"][0]["traffic"] = serde_json::json!([
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
    let emulator = halved(&serde_json::json!({ "fails-share": 1.0, "latency-ms": 6 }));
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
