//! Writes as long-running operations: accepted, polled and ended, one at a time.

use reqwest::Method;
use serde_json::{Value, json};

use super::*;

#[tokio::test]
async fn recorded_traffic_patch_gets_the_recorded_reply() {
    let bench = Bench::demo().await;
    let accepted = bench
        .patch_traffic(json!([
            {"weight": "50", "latestRevision": true},
            {"revisionName": V1, "weight": 50, "latestRevision": false},
        ]))
        .await;
    assert_eq!(accepted.status(), 202);
    assert_eq!(accepted.headers()["content-length"], "0");
    let header = |name: &str| accepted.headers()[name].to_str().unwrap().to_owned();
    let (status_url, result_url) = (header("azure-asyncoperation"), header("location"));
    assert!(status_url.starts_with(&bench.emulator.control_url()));
    assert!(status_url.contains("/locations/eastus/containerappOperationStatuses/"));
    assert!(status_url.contains("?api-version=2025-07-01&azureAsyncOperation=true&t=6"));
    assert!(result_url.contains("/locations/eastus/containerappOperationResults/"));
    assert!(status_url.len() > 3000, "a real one has about 4 KB");
    assert!(!header("x-ms-request-id").is_empty());
    assert!(!header("x-ms-correlation-request-id").is_empty());

    assert_eq!(
        bench.follow(accepted).await,
        ["InProgress", "InProgress", "Succeeded"]
    );
    let app = bench.app().await;
    let shown = json!([{"weight": 50, "latestRevision": true}, {"revisionName": V1, "weight": 50}]);
    assert_eq!(traffic_of(&app), shown);
    assert_eq!(
        bench.revision(V2).await["trafficWeight"],
        50,
        "the share of latest is included"
    );
}

#[tokio::test]
async fn change_shows_only_when_its_operation_has_ended() {
    let bench = Bench::demo().await;
    let before = bench.app().await;
    let traffic = json!([{"revisionName": V2, "weight": 100}]);
    assert_eq!(bench.patch_traffic(traffic.clone()).await.status(), 202);
    // Reads of the app count as polls, so the operation ends without a read of its URL.
    for _ in 0..2 {
        let app = bench.app().await;
        assert_eq!(app["properties"]["provisioningState"], "InProgress");
        assert_eq!(traffic_of(&app), traffic_of(&before));
        assert_eq!(app["systemData"], before["systemData"]);
    }
    let after = bench.app().await;
    assert_eq!(after["properties"]["provisioningState"], "Succeeded");
    assert_eq!(traffic_of(&after), traffic);
}

#[tokio::test]
async fn operation_can_end_by_time_alone() {
    let operation = json!({"polls": 1_000_000, "settle-ms": 1});
    let bench = Bench::with(json!({"operation": operation})).await;
    let accepted = bench
        .patch_traffic(json!([{"revisionName": V2, "weight": 100}]))
        .await;
    assert_eq!(accepted.status(), 202);
    while bench.visit().await.1 != V2 {}
}

#[tokio::test]
async fn result_url_shows_202_until_the_operation_ends_and_then_the_app() {
    let bench = Bench::demo().await;
    let accepted = bench
        .patch_traffic(json!([{"revisionName": V2, "weight": 100}]))
        .await;
    let url = accepted.headers()["location"].to_str().unwrap().to_owned();
    let mut answers = Vec::new();
    for _ in 0..3 {
        answers.push(read(bench.client.get(&url).send().await.unwrap()).await);
    }
    assert_eq!(answers[..2], [(202, Value::Null), (202, Value::Null)]);
    assert_eq!(answers[2].0, 200);
    assert_eq!(answers[2].1["name"], "shop");
}

#[tokio::test]
async fn rebuilt_operation_url_is_refused() {
    let bench = Bench::demo().await;
    let accepted = bench
        .patch_traffic(json!([{"revisionName": V2, "weight": 100}]))
        .await;
    let url = accepted.headers()["azure-asyncoperation"].to_str().unwrap();
    let rebuilt = format!("{}?api-version=2025-07-01", url.split('?').next().unwrap());
    let (status, _) = read(bench.client.get(rebuilt).send().await.unwrap()).await;
    assert_eq!(status, 401);
}

#[tokio::test]
async fn every_write_gets_409_while_an_operation_is_running() {
    let bench = Bench::demo().await;
    let accepted = bench
        .patch_traffic(json!([{"revisionName": V2, "weight": 100}]))
        .await;
    let body = json!({"tags": {"a": "b"}});
    let writes = [
        (Method::PATCH, bench.path("")),
        (Method::PUT, bench.path("")),
        (Method::POST, bench.path("/stop")),
        (Method::POST, bench.path("/revisions/shop--v1/deactivate")),
    ];
    for (method, path) in writes {
        let (status, answer) = bench.call(method, &path, Some(&body)).await;
        assert_eq!(status, 409, "{path}");
        assert_eq!(answer["error"]["code"], "ContainerAppOperationInProgress");
    }
    bench.follow(accepted).await;
    assert_eq!(bench.patch(&body).await.status(), 202);
}

#[tokio::test]
async fn refused_traffic_leaves_the_app_idle_and_unchanged() {
    let bench = Bench::demo().await;
    let before = bench.app().await;
    for traffic in [
        json!([{"revisionName": V1, "weight": 50}]),
        json!([{"revisionName": "shop--v9", "weight": 100}]),
    ] {
        let (status, body) = read(bench.patch_traffic(traffic).await).await;
        assert_eq!(status, 400);
        assert!(body["error"]["code"].is_string() && body["error"]["message"].is_string());
    }
    assert_eq!(bench.app().await, before);
}
