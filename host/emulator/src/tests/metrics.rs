//! Azure Monitor's counts of the replies that were really sent, in the shape of the service.

use super::*;

const BOTH: &str =
    "revisionName eq 'shop--v1' or revisionName eq 'shop--v2' and statusCodeCategory eq '*'";

impl Bench {
    async fn metrics(&self, filter: &str, more: &str) -> Answered {
        let now = jiff::Timestamp::now().as_second();
        let time = |second| jiff::Timestamp::from_second(second).unwrap();
        let timespan = format!("{}/{}", time(now - 60), time(now + 60));
        let query = [("timespan", timespan.as_str()), ("$filter", filter)];
        let query: String = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(query.iter().filter(|(_, value)| !value.is_empty()))
            .finish();
        let path = self.path("/providers/Microsoft.Insights/metrics");
        let rest = "metricnames=Requests&interval=PT1M&aggregation=Total";
        self.get(&format!("{path}&{rest}&{query}{more}")).await
    }

    /// Returns the sum of each series by its metadata values, in the order of the reply.
    async fn sums(&self, filter: &str) -> Vec<(String, f64)> {
        let (status, body) = self.metrics(filter, "").await;
        assert_eq!(status, 200, "{body}");
        let series = body["value"][0]["timeseries"].as_array().unwrap().clone();
        let sum = |one: Value| {
            let values = one["metadatavalues"].as_array().unwrap().iter();
            let values: Vec<&str> = values.map(|one| one["value"].as_str().unwrap()).collect();
            let points = one["data"].as_array().unwrap().iter();
            let total = points.filter_map(|point| point["total"].as_f64()).sum();
            (values.join(" "), total)
        };
        series.into_iter().map(sum).collect()
    }

    async fn visits(&self, times: u32) {
        for _ in 0..times {
            self.visit().await;
        }
    }
}

/// Two revisions with half of the traffic each; every second reply of v2 is an error.
fn failing() -> Value {
    json!({"apps": [{
        "name": "shop",
        "revisions": [{}, {"behaviour": {"error-share": 0.5, "error-status": 502}}],
        "traffic": [{"revision": "v1", "weight": 50}, {"revision": "v2", "weight": 50}],
    }]})
}

fn sum(name: &str, total: f64) -> (String, f64) {
    (name.to_owned(), total)
}

#[tokio::test]
async fn metrics_count_replies_by_revision_and_class() {
    let bench = Bench::with(failing()).await;
    bench.visits(8).await;
    let expected = [
        sum("shop--v1 2xx", 4.0),
        sum("shop--v2 2xx", 2.0),
        sum("shop--v2 5xx", 2.0),
    ];
    assert_eq!(bench.sums(BOTH).await, expected);
}

#[tokio::test]
async fn metrics_are_split_by_the_dimensions_of_the_filter_alone() {
    let bench = Bench::with(failing()).await;
    bench.visits(8).await;
    assert_eq!(bench.sums("").await, [sum("", 8.0)]);
    let classes = bench.sums("statusCodeCategory eq '*'").await;
    assert_eq!(classes, [sum("2xx", 6.0), sum("5xx", 2.0)]);
    let one = "REVISIONNAME eq 'shop--v2' and statuscodecategory eq '5xx'";
    assert_eq!(bench.sums(one).await, [sum("shop--v2 5xx", 2.0)]);
}

#[tokio::test]
async fn metrics_have_the_shape_of_the_service() {
    let bench = Bench::demo().await;
    bench.visits(1).await;
    let (_, body) = bench.metrics(BOTH, "").await;
    assert_eq!(body["namespace"], "Microsoft.App/containerapps");
    let metric = &body["value"][0];
    assert_eq!(metric["name"]["value"], "Requests");
    assert_eq!(metric["unit"], "Count");
    let series = &metric["timeseries"][0];
    assert_eq!(series["metadatavalues"][0]["name"]["value"], "revisionname");
    let name = &series["metadatavalues"][1]["name"]["value"];
    assert_eq!(name, "statuscodecategory");
    let stamp = series["data"][0]["timeStamp"].as_str().unwrap();
    assert!(stamp.ends_with(":00Z"), "{stamp}");
}

#[tokio::test]
async fn metrics_that_lag_have_minutes_without_a_number() {
    let bench = Bench::with(json!({"metrics": {"lag-s": 3600}})).await;
    bench.visits(3).await;
    let (_, body) = bench.metrics(BOTH, "").await;
    let points = &body["value"][0]["timeseries"][0]["data"];
    assert!(points[0]["timeStamp"].is_string(), "{points}");
    let numbers = points.as_array().unwrap().iter();
    assert_eq!(
        numbers.filter(|point| point["total"].is_number()).count(),
        0
    );
}

#[tokio::test]
async fn slices_shorter_than_a_minute_need_a_scenario_that_has_them() {
    let query = |bench: &Bench, interval: &str| {
        let now = jiff::Timestamp::now().as_second();
        let time = |second| jiff::Timestamp::from_second(second).unwrap();
        let path = bench.path("/providers/Microsoft.Insights/metrics");
        let rest = "metricnames=Requests&aggregation=Total";
        format!(
            "{path}&{rest}&interval={interval}&timespan={}/{}",
            time(now - 20),
            time(now + 20)
        )
    };
    let bench = Bench::with(json!({"metrics": {"shortest-slice-s": 5}})).await;
    bench.visits(6).await;
    let (status, body) = bench.get(&query(&bench, "PT5S")).await;
    assert_eq!(status, 200, "{body}");
    let points = body["value"][0]["timeseries"][0]["data"]
        .as_array()
        .unwrap();
    let second = |point: &Value| {
        let stamp: jiff::Timestamp = point["timeStamp"].as_str().unwrap().parse().unwrap();
        stamp.as_second()
    };
    assert!(
        points
            .windows(2)
            .all(|two| second(&two[1]) - second(&two[0]) == 5)
    );
    let total: f64 = points
        .iter()
        .filter_map(|point| point["total"].as_f64())
        .sum();
    assert_eq!(total, 6.0, "{body}");
    for interval in ["PT4S", "PT0S", "PT-5S", "PT61S", "PT2M", "5", ""] {
        let (status, body) = bench.get(&query(&bench, interval)).await;
        assert_eq!(status, 400, "{interval}: {body}");
    }
    let bench = Bench::demo().await;
    let (status, body) = bench.get(&query(&bench, "PT30S")).await;
    assert_eq!(status, 400, "as the real service: {body}");
}

#[tokio::test]
async fn metrics_that_are_absent_have_no_series() {
    let bench = Bench::with(json!({"metrics": {"absent": true}})).await;
    bench.visits(3).await;
    assert_eq!(bench.sums(BOTH).await, []);
}

#[tokio::test]
async fn metrics_have_at_most_top_series() {
    let bench = Bench::with(failing()).await;
    bench.visits(8).await;
    let (_, body) = bench.metrics(BOTH, "&top=2").await;
    assert_eq!(body["value"][0]["timeseries"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn queries_that_the_service_refuses_are_refused() {
    let bench = Bench::demo().await;
    let filters = [
        (
            "revisionName eq 'a' or statusCodeCategory eq '*'",
            "cannot separate",
        ),
        ("revisionName eq 'a' and revisionName eq 'b'", "two places"),
        ("region eq 'a'", "does not support"),
        ("revisionName = 'a'", "is not like"),
        ("revisionName eq a", "is not like"),
    ];
    for (filter, reason) in filters {
        let (status, body) = bench.metrics(filter, "").await;
        assert_eq!(status, 400, "{filter}: {body}");
        let message = body["error"]["message"].as_str().unwrap();
        assert!(message.contains(reason), "{filter}: {message}");
    }
    let path = bench.path("/providers/Microsoft.Insights/metrics");
    for query in [
        "",
        "&metricnames=Requests&interval=PT1M&aggregation=Total",
        "&metricnames=Replicas&interval=PT1M&aggregation=Total&timespan=2026-11-23T10:00:00Z/2026-11-23T10:01:00Z",
        "&metricnames=Requests&interval=PT1M&aggregation=Total&timespan=2026-11-23T10:01:00Z/2026-11-23T10:00:00Z",
    ] {
        let (status, body) = bench.get(&format!("{path}{query}")).await;
        assert_eq!(status, 400, "{query}: {body}");
    }
}
