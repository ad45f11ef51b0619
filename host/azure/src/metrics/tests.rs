//! Counts over real sockets: what is sent, what an answer means, and what is cached.

use serde_json::{Value, json};

use super::*;
use crate::credential::Credential;
use crate::resolve::Selection;
use crate::scripted::{ScriptedReply, ScriptedServer, app_id, long_budgets, refusal, reply};

const REVISIONS: [&str; 2] = ["web--a", "web--b"];
const MINUTE: Duration = Duration::from_mins(1);

fn metrics(server: &ScriptedServer) -> Metrics {
    let connection = server.connection_with(Credential::Anonymous, long_budgets());
    let app = App::new(connection, app_id(), Selection::default());
    Metrics::new(Arc::new(app), Metrics::DEFAULT_LAG)
}

/// Returns a series in the service's form; `null` is a minute that is not counted yet.
fn series(revision: &str, class: &str, totals: &[Value]) -> Value {
    let point = |total: &Value| match total {
        Value::Null => json!({"timeStamp": "2026-11-23T09:55:00Z"}),
        total => json!({"timeStamp": "2026-11-23T09:55:00Z", "total": total}),
    };
    json!({
        "metadatavalues": [
            {"name": {"value": "statuscodecategory", "localizedValue": "x"}, "value": class},
            {"name": {"value": "revisionname"}, "value": revision},
        ],
        "data": totals.iter().map(point).collect::<Vec<_>>(),
    })
}

fn body(series: &[Value]) -> ScriptedReply {
    let requests = json!({"name": {"value": "Requests"}, "unit": "Count", "errorCode": "Success",
        "timeseries": series});
    reply(
        200,
        &json!({"cost": 1, "interval": "PT1M", "value": [requests]}),
    )
}

async fn counts_of(list: &'static [fn() -> Value]) -> CountsResult {
    let server =
        ScriptedServer::start(|_| body(&list.iter().map(|one| one()).collect::<Vec<_>>())).await;
    metrics(&server).counts(MINUTE, REVISIONS).await
}

fn shown(result: CountsResult) -> Vec<String> {
    let one = |count: RequestCount| {
        format!(
            "{} {} {}",
            count.revision, count.status_class, count.requests
        )
    };
    result.unwrap().into_iter().map(one).collect()
}

#[tokio::test]
async fn query_names_both_revisions_and_splits_by_class() {
    let server = ScriptedServer::start(|_| body(&[series("web--a", "2xx", &[json!(1.0)])])).await;
    metrics(&server).counts(MINUTE, REVISIONS).await.unwrap();
    let target = server.requests()[0].target.clone();
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
    let (start, end) = member("timespan").split_once('/').unwrap();
    let (start, end): (Timestamp, Timestamp) = (start.parse().unwrap(), end.parse().unwrap());
    assert_eq!(end.as_second() - start.as_second(), 60);
    assert!(end <= Timestamp::now() - Metrics::DEFAULT_LAG, "{end}");
}

#[tokio::test]
async fn revision_that_is_stable_and_canary_is_named_once() {
    let server = ScriptedServer::start(|_| body(&[series("web--a", "2xx", &[json!(1.0)])])).await;
    let counts = metrics(&server).counts(MINUTE, ["web--a"; 2]).await;
    assert_eq!(shown(counts), ["web--a 2xx 1"]);
    let target = server.requests()[0].target.clone();
    assert_eq!(target.matches("web--a").count(), 1, "{target}");
}

#[tokio::test]
async fn window_is_by_the_clock_of_the_service() {
    let server = ScriptedServer::start(|_| {
        let metric = json!({"timeseries": [series("web--a", "2xx", &[json!(1.0)])]});
        let date = ("date", "Mon, 23 Nov 2020 10:00:30 GMT".to_owned());
        ScriptedReply::Full(200, vec![date], json!({"value": [metric]}).to_string())
    })
    .await;
    let metrics = metrics(&server);
    metrics.app.connection().reach().await.unwrap();
    metrics.counts(MINUTE, REVISIONS).await.unwrap();
    let target = server.requests()[1].target.clone();
    let timespan = "timespan=2020-11-23T09%3A56%3A00Z%2F2020-11-23T09%3A57%3A00Z";
    assert!(target.contains(timespan), "{target}");
}

#[tokio::test]
async fn totals_are_added_up_by_revision_and_class() {
    let counts = counts_of(&[
        || series("web--b", "5xx", &[json!(3.0)]),
        || series("web--a", "2xx", &[json!(10), json!(20.5)]),
        || series("WEB--A", "2XX", &[json!(1.0)]),
        || series("web--b", "2xx", &[json!(0.0)]),
    ])
    .await;
    let expected = ["web--a 2xx 31.5", "web--b 2xx 0", "web--b 5xx 3"];
    assert_eq!(shown(counts), expected);
}

#[tokio::test]
async fn minute_that_is_not_counted_yet_is_not_zero() {
    let counts = counts_of(&[
        || series("web--a", "2xx", &[json!(7.0), Value::Null]),
        || series("web--b", "2xx", &[Value::Null]),
    ])
    .await;
    assert_eq!(shown(counts), ["web--a 2xx 7"]);
}

#[tokio::test]
async fn other_revisions_and_classes_are_ignored() {
    let counts = counts_of(&[
        || series("web--a", "2xx", &[json!(7.0)]),
        || series("web--c", "2xx", &[json!(9.0)]),
        || series("web--a", "0", &[json!(9.0)]),
        || json!({"metadatavalues": [], "data": [{"total": 9.0}]}),
        || json!({"data": null}),
    ])
    .await;
    assert_eq!(shown(counts), ["web--a 2xx 7"]);
}

#[tokio::test]
async fn window_without_data_is_an_error_that_says_when_to_ask_again() {
    let nothing: [&'static [fn() -> Value]; 3] = [
        &[],
        &[|| series("web--a", "2xx", &[])],
        &[|| series("web--b", "2xx", &[Value::Null, Value::Null])],
    ];
    for list in nothing {
        let error = counts_of(list).await.unwrap_err().to_string();
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
    let error = metrics(&server)
        .counts(MINUTE, REVISIONS)
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "Azure Monitor has no counts: InternalError: A [31m timeout; ask again in a minute"
    );
}

#[tokio::test]
async fn missing_permission_names_the_action_and_the_role() {
    let server = ScriptedServer::start(|_| refusal(403, "AuthorizationFailed")).await;
    let error = metrics(&server)
        .counts(MINUTE, REVISIONS)
        .await
        .unwrap_err();
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
    let error = metrics(&server)
        .counts(MINUTE, REVISIONS)
        .await
        .unwrap_err();
    let text = error.to_string();
    assert!(text.contains("the service asks to wait 70 s"), "{text}");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn service_that_does_not_answer_is_an_error() {
    let server = ScriptedServer::start(|_| ScriptedReply::Silence).await;
    let mut metrics = metrics(&server);
    metrics.budget = Duration::from_millis(50);
    let error = metrics.counts(MINUTE, REVISIONS).await.unwrap_err();
    assert!(matches!(error, MetricsError::Silent), "{error}");
}

#[tokio::test]
async fn same_query_is_sent_once() {
    let server = ScriptedServer::start(|_| body(&[series("web--a", "2xx", &[json!(1.0)])])).await;
    let metrics = metrics(&server);
    let start = "2026-11-23T09:55:00Z".parse().unwrap();
    let query = |minutes| MetricsQuery {
        revisions: REVISIONS.map(str::to_owned),
        timespan: Timespan::ending_before(start, metrics.lag, MINUTE * minutes),
    };
    let (one, two) = tokio::join!(
        metrics.cached_or_read(query(1)),
        metrics.cached_or_read(query(1))
    );
    assert_eq!(shown(one), shown(two));
    metrics.cached_or_read(query(1)).await.unwrap();
    assert_eq!(server.requests().len(), 1);
    metrics.cached_or_read(query(2)).await.unwrap();
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn error_is_shared_by_concurrent_queries_and_not_cached() {
    let server = ScriptedServer::start(|request| match request.earlier {
        0 => refusal(403, "AuthorizationFailed"),
        _ => body(&[series("web--a", "2xx", &[json!(1.0)])]),
    })
    .await;
    let metrics = metrics(&server);
    let start = "2026-11-23T09:55:00Z".parse().unwrap();
    let query = || MetricsQuery {
        revisions: REVISIONS.map(str::to_owned),
        timespan: Timespan::ending_before(start, metrics.lag, MINUTE),
    };
    let (one, two) = tokio::join!(
        metrics.cached_or_read(query()),
        metrics.cached_or_read(query())
    );
    assert!(one.is_err() && two.is_err());
    assert_eq!(server.requests().len(), 1);
    metrics.cached_or_read(query()).await.unwrap();
}
