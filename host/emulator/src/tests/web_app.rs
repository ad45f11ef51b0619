//! The web app's own counts, and a revision that looks well and fails its users.

use serde_json::json;

use super::*;

/// Returns the web app's own counts, from the host of a revision.
async fn metrics(bench: &Bench, revision: &str) -> String {
    let url = bench.emulator.revision_url("shop", revision).unwrap();
    let page = bench.client.get(format!("{url}/metrics")).send().await;
    let page = page.unwrap();
    assert_eq!(page.status(), 200);
    assert_eq!(
        page.headers()["content-type"],
        "text/plain; version=0.0.4; charset=utf-8"
    );
    page.text().await.unwrap()
}

/// Returns the value of a series, `None` before it has appeared.
fn value(page: &str, series: &str) -> Option<f64> {
    let line = page.lines().find_map(|line| line.strip_prefix(series))?;
    Some(line.trim().parse().unwrap())
}

async fn statuses_of(bench: &Bench, revision: &str, path: &str, requests: usize) -> Vec<u16> {
    let url = bench.emulator.revision_url("shop", revision).unwrap();
    let url = format!("{url}{path}");
    let mut statuses = Vec::new();
    for _ in 0..requests {
        statuses.push(bench.visit_url(&url).await.0);
    }
    statuses
}

/// The demo, its canary with this behaviour.
async fn with_canary(behaviour: Value) -> Bench {
    let apps = json!([{
        "revisions": [{}, {"behaviour": behaviour}],
        "traffic": [{"revision": "v1", "weight": 100}, {"revision": "v2"}],
    }]);
    Bench::with(json!({"apps": apps, "metrics": {"shortest-slice-s": 1}})).await
}

#[tokio::test]
async fn each_revision_counts_the_requests_of_its_users() {
    let bench = Bench::demo().await;
    bench.shift(75, 25).await;
    for _ in 0..40 {
        bench.visit().await;
    }
    statuses_of(&bench, V2, "/health", 5).await;
    for (revision, requests) in [(V1, 30.0), (V2, 10.0)] {
        metrics(&bench, revision).await;
        let page = metrics(&bench, revision).await;
        let label = format!("{{revision=\"{revision}\"");
        let good = value(&page, &format!("http_requests_total{label},code=\"200\"}}"));
        assert_eq!(good, Some(requests), "{page}");
        let count = format!("http_request_duration_seconds_count{label}}}");
        assert_eq!(value(&page, &count), Some(requests), "{page}");
        assert!(!page.contains("code=\"500\""), "{page}");
    }
}

#[tokio::test]
async fn histogram_shows_how_long_requests_took() {
    let bench = with_canary(json!({"latency-ms": 60})).await;
    bench.statuses(V2, 4).await;
    let page = metrics(&bench, V2).await;
    let within = |bound: &str| {
        let series = "http_request_duration_seconds_bucket{revision=\"shop--v2\",le=";
        value(&page, &format!("{series}\"{bound}\"}}")).unwrap()
    };
    assert_eq!((within("0.05"), within("+Inf")), (0.0, 4.0), "{page}");
    let sum = "http_request_duration_seconds_sum{revision=\"shop--v2\"}";
    assert!(value(&page, sum).unwrap() >= 0.24, "{page}");
}

#[tokio::test]
async fn counts_begin_again_when_the_revision_restarts() {
    let bench = Bench::demo().await;
    bench.statuses(V2, 3).await;
    let series = "http_requests_total{revision=\"shop--v2\",code=\"200\"}";
    assert_eq!(value(&metrics(&bench, V2).await, series), Some(3.0));
    let restart = bench.path(&format!("/revisions/{V2}/restart"));
    assert_eq!(bench.post(&restart).await.0, 200);
    assert_eq!(value(&metrics(&bench, V2).await, series), None);
    bench.statuses(V2, 1).await;
    assert_eq!(value(&metrics(&bench, V2).await, series), Some(1.0));
}

#[tokio::test]
async fn revision_that_fails_its_users_looks_well() {
    let behaviour = json!({"fails-share": 0.05, "fails-seed": 7});
    let bench = with_canary(behaviour.clone()).await;
    let users = statuses_of(&bench, V2, "/", 1_000).await;
    let failed = users.iter().filter(|status| **status == 500).count();
    // Five standard deviations around 50.
    assert!((15..=85).contains(&failed), "{failed} of 1000");
    assert_eq!(statuses_of(&bench, V2, "/health", 100).await, [200; 100]);
    let page = metrics(&bench, V2).await;
    let series = "http_requests_total{revision=\"shop--v2\",code=\"500\"}";
    #[expect(clippy::cast_precision_loss, reason = "a thousand at most")]
    let shown = failed as f64;
    assert_eq!(value(&page, series), Some(shown), "{page}");
    let served = bench.emulator.world().served("shop", V2).unwrap().direct;
    assert_eq!(served.status_5xx, u64::try_from(failed).unwrap());

    // Once more from the same seed, then from another one.
    let world = bench.emulator.world();
    let read = |behaviour: Value| serde_json::from_value(behaviour).unwrap();
    world.set_behaviour("shop", V2, read(behaviour)).unwrap();
    statuses_of(&bench, V2, "/health", 10).await;
    assert_eq!(statuses_of(&bench, V2, "/", 1_000).await, users);
    let other = json!({"fails-share": 0.05, "fails-seed": 8});
    world.set_behaviour("shop", V2, read(other)).unwrap();
    assert_ne!(statuses_of(&bench, V2, "/", 1_000).await, users);
}

#[tokio::test]
async fn failures_of_users_are_in_the_counts_of_the_platform() {
    let bench = with_canary(json!({"fails-share": 1.0})).await;
    bench.shift(50, 50).await;
    for _ in 0..20 {
        bench.visit().await;
    }
    let now = jiff::Timestamp::now();
    let (start, end) = (now - jiff::SignedDuration::from_mins(1), now);
    let path = bench.path("/providers/Microsoft.Insights/metrics");
    let path = path.replace("?api-version=2025-07-01", "");
    let query = format!(
        "?api-version=2024-02-01&metricnames=Requests&aggregation=Total&interval=PT1S&timespan={start}/{end}\
         &$filter=revisionName eq '{V2}' and statusCodeCategory eq '*'"
    );
    let (status, body) = bench.get(&format!("{path}{query}")).await;
    assert_eq!(status, 200, "{body}");
    let series = body["value"][0]["timeseries"].as_array().unwrap();
    assert_eq!(series.len(), 1, "{body}");
    assert!(series[0]["metadatavalues"].to_string().contains("5xx"));
    let points = series[0]["data"].as_array().unwrap().iter();
    let total: f64 = points.filter_map(|point| point["total"].as_f64()).sum();
    assert!((total - 10.0).abs() < 1e-9, "{body}");
}

#[tokio::test]
async fn share_that_is_none_is_refused() {
    let bench = Bench::demo().await;
    let path = format!("/_emulator/behaviour/shop/{V2}");
    for share in [-0.1, 1.1] {
        let body = json!({"fails-share": share});
        let (status, refused) = bench.call(Method::POST, &path, Some(&body)).await;
        assert_eq!(status, 400);
        let complaint = format!("fails-share {share} is not between 0 and 1");
        assert!(refused.to_string().contains(&complaint), "{refused}");
    }
}
