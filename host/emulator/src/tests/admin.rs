//! The emulator's own paths.

use reqwest::Method;
use serde_json::json;

use super::*;

#[tokio::test]
async fn request_log_has_every_call_in_order_without_signatures() {
    let bench = Bench::demo().await;
    bench.app().await;
    bench.shift(90, 10).await;
    let (status, log) = bench.get("/_emulator/requests").await;
    assert_eq!(status, 200);
    let calls: Vec<(&str, u64)> = log
        .as_array()
        .unwrap()
        .iter()
        .map(|call| {
            (
                call["method"].as_str().unwrap(),
                call["status"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        calls,
        [
            ("GET", 200),
            ("PATCH", 202),
            ("GET", 200),
            ("GET", 200),
            ("GET", 200)
        ]
    );
    assert_eq!(traffic_of(&log[1]["body"])[1]["weight"], 10);
    assert_eq!(log[2]["n"], 3);
    assert!(
        log[2]["query"]
            .as_str()
            .unwrap()
            .starts_with("api-version=2025-07-01")
    );
    assert!(
        log.to_string().len() < 4000,
        "signatures alone would be longer"
    );
}

#[tokio::test]
async fn snapshot_shows_the_world_and_does_not_count_as_a_poll() {
    let bench = Bench::demo().await;
    assert_eq!(
        bench.patch(&json!({"tags": {"a": "b"}})).await.status(),
        202
    );
    for _ in 0..5 {
        let (_, snapshot) = bench.get("/_emulator/snapshot").await;
        assert_eq!(snapshot["apps"][0]["provisioning-state"], "InProgress");
        assert!(snapshot["apps"][0]["operation"].is_string());
    }
    let (_, snapshot) = bench.get("/_emulator/snapshot").await;
    assert_eq!(snapshot, bench.emulator.world().snapshot());
    let revision = &snapshot["apps"][0]["revisions"][0];
    assert_eq!(revision["name"], V1);
    assert_eq!(revision["weight"], 100);
    assert_eq!(
        revision["url"],
        json!(bench.emulator.revision_url("shop", V1))
    );
}

#[tokio::test]
async fn counts_can_be_marked_and_read() {
    let bench = Bench::demo().await;
    bench.visit().await;
    assert_eq!(bench.post("/_emulator/mark").await.0, 204);
    bench.visit().await;
    bench.statuses(V1, 3).await;
    let (_, served) = bench.get("/_emulator/served").await;
    let counts = &served["shop"][V1];
    assert_eq!(counts["by-weight"]["requests"], 2);
    assert_eq!(counts["by-weight-since-mark"]["requests"], 1);
    assert_eq!(counts["direct-since-mark"]["good"], 3);
}

#[tokio::test]
async fn behaviour_and_faults_can_be_set_while_it_runs() {
    let bench = Bench::demo().await;
    let path = format!("/_emulator/behaviour/shop/{V1}");
    let failing = json!({"error-share": 1.0, "error-status": 555});
    assert_eq!(bench.call(Method::POST, &path, Some(&failing)).await.0, 204);
    assert_eq!(bench.visit().await.0, 555);

    let fault = json!({"what": {"refuse": {"status": 404}}});
    assert_eq!(
        bench
            .call(Method::POST, "/_emulator/faults", Some(&fault))
            .await
            .0,
        204
    );
    for _ in 0..2 {
        assert_eq!(bench.get(&bench.path("")).await.0, 404);
    }
    assert_eq!(
        bench.get("/_emulator/snapshot").await.1["faults"][0]["matched"],
        2
    );
}

#[tokio::test]
async fn invalid_admin_calls_are_refused_and_change_nothing() {
    let bench = Bench::demo().await;
    for (path, body) in [
        (
            "/_emulator/behaviour/shop/shop--v1",
            json!({"error-share": 2.0}),
        ),
        (
            "/_emulator/behaviour/shop/shop--v1",
            json!({"error-status": 42}),
        ),
        (
            "/_emulator/behaviour/shop/shop--v1",
            json!({"eror-share": 0.5}),
        ),
        (
            "/_emulator/faults",
            json!({"what": {"refuse": {"status": 100}}}),
        ),
        ("/_emulator/faults", json!({"what": "explode"})),
        ("/_emulator/faults", json!({"nth": 0, "what": "reset"})),
    ] {
        let (status, answer) = bench.call(Method::POST, path, Some(&body)).await;
        assert_eq!(status, 400, "{body}");
        assert!(answer["error"]["message"].is_string());
    }
    let unknown = "/_emulator/behaviour/shop/shop--v9";
    assert_eq!(
        bench.call(Method::POST, unknown, Some(&json!({}))).await.0,
        404
    );
    assert_eq!(bench.get("/_emulator/nonsense").await.0, 404);
    assert_eq!(bench.visit().await.0, 200);
}
