//! Counts over real sockets: what is sent, what an answer means, and what is cached.

use serde_json::{Value, json};

use super::*;
use crate::credential::Credential;
use crate::resolve::Selection;
use crate::scripted::{ScriptedReply, ScriptedServer, app_id, long_budgets, refusal, reply};

const REVISIONS: [&str; 2] = ["web--a", "web--b"];

fn metrics(server: &ScriptedServer) -> Metrics {
    let connection = server.connection_with(Credential::Anonymous, long_budgets());
    let app = App::new(connection, app_id(), Selection::default());
    Metrics::new(Arc::new(app), Metrics::DEFAULT_LAG, Metrics::DEFAULT_SLICE)
}

/// The service's time in these tests: its newest minutes begin at 09:55, 09:56 and 09:57.
const DATE: &str = "Mon, 23 Nov 2026 10:01:30 GMT";

/// Returns a series in the service's form, its minutes from 09:55 on; `null` is a minute that is not counted yet.
fn series(revision: &str, class: &str, totals: &[Value]) -> Value {
    let point = |(minute, total): (usize, &Value)| {
        let mut point = json!({"timeStamp": format!("2026-11-23T09:{}:00Z", 55 + minute)});
        if !total.is_null() {
            point["total"] = total.clone();
        }
        point
    };
    json!({
        "metadatavalues": [
            {"name": {"value": "statuscodecategory", "localizedValue": "x"}, "value": class},
            {"name": {"value": "revisionname"}, "value": revision},
        ],
        "data": totals.iter().enumerate().map(point).collect::<Vec<_>>(),
    })
}

fn body(series: &[Value]) -> ScriptedReply {
    let requests = json!({"name": {"value": "Requests"}, "unit": "Count", "errorCode": "Success",
        "timeseries": series});
    let body = json!({"cost": 1, "interval": "PT1M", "value": [requests]});
    ScriptedReply::Full(200, vec![("date", DATE.to_owned())], body.to_string())
}

/// Asks for the newest slices by the clock of the service, which the first request shows.
async fn newest(server: &ScriptedServer, count: u32) -> SlicesResult {
    let metrics = metrics(server);
    metrics.app.connection().reach().await.unwrap();
    metrics.slices(count, REVISIONS).await
}

async fn slices_of(list: &'static [fn() -> Value]) -> SlicesResult {
    let server =
        ScriptedServer::start(|_| body(&list.iter().map(|one| one()).collect::<Vec<_>>())).await;
    newest(&server, 3).await
}

fn counts(slice: &Slice) -> Vec<String> {
    let one = |count: &RequestCount| {
        format!(
            "{} {} {}",
            count.revision, count.status_class, count.requests
        )
    };
    slice.counts.iter().map(one).collect()
}

/// Returns the counts of each slice.
fn shown(result: SlicesResult) -> Vec<Vec<String>> {
    result.unwrap().iter().map(counts).collect()
}

#[tokio::test]
async fn query_names_both_revisions_and_splits_by_class() {
    let server = ScriptedServer::start(|_| body(&[series("web--a", "2xx", &[json!(1.0)])])).await;
    newest(&server, 3).await.unwrap();
    let target = server.requests()[1].target.clone();
    let (path, query) = target.split_once('?').unwrap();
    assert!(
        path.ends_with("/containerApps/web/providers/Microsoft.Insights/metrics"),
        "{path}"
    );
    assert!(!query.contains('+'), "{query}");
    let query: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect();
    let member = |name: &str| {
        let mut found = query.iter().filter(|(key, _)| key == name);
        let (_, value) = found.next().unwrap_or_else(|| panic!("{name}: {query:?}"));
        assert!(found.next().is_none(), "{name} is there twice");
        value.as_str()
    };
    assert_eq!(
        member("$filter"),
        "revisionName eq 'web--a' or revisionName eq 'web--b' and statusCodeCategory eq '*'"
    );
    assert_eq!(member("api-version"), "2024-02-01");
    assert_eq!(member("metricnames"), "Requests");
    assert_eq!(member("aggregation"), "Total");
    assert_eq!(member("interval"), "PT1M");
    assert_eq!(member("top"), "100");
    assert_eq!(
        member("timespan"),
        "2026-11-23T09:55:00Z/2026-11-23T09:58:00Z",
        "by the clock of the service"
    );
}

#[tokio::test]
async fn revision_that_is_stable_and_canary_is_named_once() {
    let server = ScriptedServer::start(|_| body(&[series("web--a", "2xx", &[json!(1.0)])])).await;
    let metrics = metrics(&server);
    metrics.app.connection().reach().await.unwrap();
    let slices = metrics.slices(3, ["web--a"; 2]).await;
    assert_eq!(shown(slices)[0], ["web--a 2xx 1"]);
    let target = server.requests()[1].target.clone();
    assert_eq!(target.matches("web--a").count(), 1, "{target}");
}

#[tokio::test]
async fn shorter_slices_are_asked_for_in_seconds() {
    let server = ScriptedServer::start(|_| body(&[])).await;
    let mut metrics = metrics(&server);
    metrics.slice = Duration::from_secs(5);
    metrics.slices(2, REVISIONS).await.unwrap_err();
    let target = server.requests()[0].target.clone();
    assert!(target.contains("interval=PT5S"), "{target}");
}

#[tokio::test]
async fn slices_are_complete_contiguous_and_oldest_first() {
    let slices =
        slices_of(&[|| series("web--a", "2xx", &[json!(1), json!(2), json!(3), json!(4)])])
            .await
            .unwrap();
    let times: Vec<String> = slices
        .iter()
        .map(|slice| format!("{}/{}", slice.start, slice.end))
        .collect();
    let expected = [
        "2026-11-23T09:55:00Z/2026-11-23T09:56:00Z",
        "2026-11-23T09:56:00Z/2026-11-23T09:57:00Z",
        "2026-11-23T09:57:00Z/2026-11-23T09:58:00Z",
    ];
    assert_eq!(times, expected, "the minute of 09:58 is within the lag");
    let counts: Vec<_> = slices.iter().map(counts).collect();
    assert_eq!(
        counts,
        [["web--a 2xx 1"], ["web--a 2xx 2"], ["web--a 2xx 3"]]
    );
}

#[tokio::test]
async fn totals_are_added_up_by_slice_revision_and_class() {
    let slices = slices_of(&[
        || series("web--b", "5xx", &[json!(3.0)]),
        || series("web--a", "2xx", &[json!(10), json!(20.5)]),
        || series("WEB--A", "2XX", &[json!(1.0)]),
        || series("web--b", "2xx", &[json!(0.0)]),
    ])
    .await;
    let [first, second, third] = &shown(slices)[..] else {
        panic!("three slices")
    };
    assert_eq!(first[..], ["web--a 2xx 11", "web--b 2xx 0", "web--b 5xx 3"]);
    assert_eq!(second[..], ["web--a 2xx 20.5"]);
    assert!(third.is_empty());
}

#[tokio::test]
async fn minute_that_is_not_counted_yet_is_not_zero() {
    let slices = slices_of(&[
        || series("web--a", "2xx", &[json!(7.0), Value::Null]),
        || series("web--b", "2xx", &[Value::Null]),
    ])
    .await;
    assert_eq!(shown(slices), [vec!["web--a 2xx 7"], vec![], vec![]]);
}

#[tokio::test]
async fn other_revisions_classes_and_times_are_ignored() {
    let slices = slices_of(&[
        || series("web--a", "2xx", &[json!(7.0)]),
        || series("web--c", "2xx", &[json!(9.0)]),
        || series("web--a", "0", &[json!(9.0)]),
        || json!({"metadatavalues": [], "data": [{"total": 9.0}]}),
        || json!({"data": null}),
        || {
            let mut early = series("web--b", "2xx", &[json!(9.0)]);
            early["data"][0]["timeStamp"] = json!("2026-11-23T09:54:00Z");
            early
        },
        || {
            let mut undated = series("web--b", "2xx", &[json!(9.0)]);
            undated["data"][0]["timeStamp"] = Value::Null;
            undated
        },
    ])
    .await;
    assert_eq!(shown(slices), [vec!["web--a 2xx 7"], vec![], vec![]]);
}

#[tokio::test]
async fn slices_without_any_count_are_an_error_that_says_when_to_ask_again() {
    let nothing: [&'static [fn() -> Value]; 3] = [
        &[],
        &[|| series("web--a", "2xx", &[])],
        &[|| series("web--b", "2xx", &[Value::Null, Value::Null])],
    ];
    for list in nothing {
        let error = slices_of(list).await.unwrap_err().to_string();
        assert!(
            error.starts_with("no data yet for web--a and web--b"),
            "{error}"
        );
        assert!(error.contains("azure.metrics-lag is 3 min"), "{error}");
    }
}

#[tokio::test]
async fn error_in_an_answer_with_status_200_is_an_error() {
    let metric = json!({"errorCode": "InternalError", "errorMessage": "A\u{1b}[31m timeout.",
        "timeseries": [series("web--a", "2xx", &[json!(7.0)])]});
    let server = ScriptedServer::start(move |_| reply(200, &json!({"value": [metric]}))).await;
    let error = metrics(&server).slices(3, REVISIONS).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "Azure Monitor has no counts: InternalError: A [31m timeout; ask again in a minute"
    );
}

#[tokio::test]
async fn missing_permission_names_the_action_and_the_role() {
    let server = ScriptedServer::start(|_| refusal(403, "AuthorizationFailed")).await;
    let error = metrics(&server).slices(3, REVISIONS).await.unwrap_err();
    let text = error.to_string();
    assert!(text.contains("Microsoft.Insights/metrics/read"), "{text}");
    assert!(text.contains("Monitoring Reader"), "{text}");
}

#[tokio::test]
async fn throttling_beyond_the_budget_is_an_error_with_the_pause() {
    let server = ScriptedServer::start(|_| {
        let wait = vec![("retry-after", "70".to_owned())];
        ScriptedReply::Full(429, wait, json!({"code": "TooManyRequests"}).to_string())
    })
    .await;
    let error = metrics(&server).slices(3, REVISIONS).await.unwrap_err();
    let text = error.to_string();
    assert!(text.contains("the service asks to wait 70 s"), "{text}");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn service_that_does_not_answer_is_an_error() {
    let server = ScriptedServer::start(|_| ScriptedReply::Silence).await;
    let mut metrics = metrics(&server);
    metrics.budget = Duration::from_millis(50);
    let error = metrics.slices(3, REVISIONS).await.unwrap_err();
    assert!(matches!(error, MetricsError::Silent), "{error}");
}

fn query(metrics: &Metrics, newest: u32) -> MetricsQuery {
    let now = "2026-11-23T10:01:30Z".parse().unwrap();
    MetricsQuery {
        revisions: REVISIONS.map(str::to_owned),
        timespan: Timespan::of_newest(newest, metrics.slice, metrics.lag, now),
    }
}

#[tokio::test]
async fn query_that_an_answer_covers_is_not_sent() {
    let totals = || {
        body(&[series(
            "web--a",
            "2xx",
            &[json!(1.0), json!(2.0), json!(3.0)],
        )])
    };
    let server = ScriptedServer::start(move |_| totals()).await;
    let metrics = metrics(&server);
    let (one, two) = tokio::join!(
        metrics.cached_or_read(query(&metrics, 3)),
        metrics.cached_or_read(query(&metrics, 3))
    );
    assert_eq!(shown(one), shown(two));
    let newest = metrics.cached_or_read(query(&metrics, 1)).await;
    assert_eq!(shown(newest), [["web--a 2xx 3"]]);
    assert_eq!(server.requests().len(), 1);
    metrics.cached_or_read(query(&metrics, 4)).await.unwrap();
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn newest_slice_without_a_count_is_no_data_although_an_older_one_has_some() {
    let server = ScriptedServer::start(|_| body(&[series("web--a", "2xx", &[json!(1.0)])])).await;
    let metrics = metrics(&server);
    metrics.cached_or_read(query(&metrics, 3)).await.unwrap();
    let newest = metrics.cached_or_read(query(&metrics, 1)).await;
    assert!(
        matches!(newest, Err(MetricsError::NoData { .. })),
        "{newest:?}"
    );
}

#[tokio::test]
async fn error_is_shared_by_concurrent_queries_and_not_cached() {
    let server = ScriptedServer::start(|request| match request.earlier {
        0 => refusal(403, "AuthorizationFailed"),
        _ => body(&[series("web--a", "2xx", &[json!(1.0)])]),
    })
    .await;
    let metrics = metrics(&server);
    let (one, two) = tokio::join!(
        metrics.cached_or_read(query(&metrics, 3)),
        metrics.cached_or_read(query(&metrics, 3))
    );
    assert!(one.is_err() && two.is_err());
    assert_eq!(server.requests().len(), 1);
    metrics.cached_or_read(query(&metrics, 3)).await.unwrap();
}
