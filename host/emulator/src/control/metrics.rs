//! Azure Monitor's metrics of an app: the metric `Requests`, by slices of a minute, from the answers that
//! the data plane really sent. As strict about the query as the real service: refuses the filters
//! that the service refuses, and bounds the number of series in the same way. `metrics/filter.rs`
//! reads the filter.

mod filter;

use std::collections::BTreeMap;
use std::ops::Range;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::http::{HttpCall, Reply};
use crate::refusal::Refusal;
use crate::scenario::MetricsScenario;
use crate::world::World;
use crate::world::meter::{Seconds, Series};

use filter::Filter;

/// Series of one reply when the query has no `top`.
const SERIES_DEFAULT: usize = 10;
/// The longest time span of a query, in seconds.
const SPAN_MAX_S: i64 = 31 * 24 * 60 * 60;
/// The most slices of a query.
const SLICES_MAX: i64 = SPAN_MAX_S / 60;

/// Answers the read of an app's metrics.
pub(crate) fn read(world: &mut World, call: &HttpCall, app: &str) -> Result<Reply, Refusal> {
    let now = world.settle().wall;
    let app = world.app(app)?;
    let (name, scope) = (app.name.clone(), app.scope.clone());
    let query = MetricsQuery::read(call, &world.metrics)?;
    let series = query.series(world.meter.of_app(&name), &world.metrics, now);
    let metric = json!({
        "id": format!("{scope}/containerApps/{name}/providers/Microsoft.Insights/metrics/Requests"),
        "type": "Microsoft.Insights/metrics",
        "name": {"value": "Requests", "localizedValue": "Requests"},
        "displayDescription": "Requests processed",
        "unit": "Count",
        "timeseries": series,
        "errorCode": "Success",
    });
    let body = json!({
        "cost": query.starts().count(),
        "timespan": format!("{}/{}", query.span.start, query.span.end),
        "interval": query.interval,
        "value": [metric],
        "namespace": "Microsoft.App/containerapps",
        "resourceregion": "eastus",
    });
    Ok(Reply::json(200, body))
}

/// The parameters of a read.
struct MetricsQuery {
    span: Range<Timestamp>,
    /// The length of a slice as it was asked for.
    interval: String,
    /// The length of a slice in seconds.
    slice_s: i64,
    filter: Filter,
    top: usize,
}

impl MetricsQuery {
    fn read(call: &HttpCall, scenario: &MetricsScenario) -> Result<Self, Refusal> {
        for (name, only) in [("metricnames", "Requests"), ("aggregation", "Total")] {
            let value = call.parameter(name).unwrap_or_default();
            if !value.eq_ignore_ascii_case(only) {
                return Err(bad_request(format!(
                    "{name} '{value}' is not supported; use {only}"
                )));
            }
        }
        let span = read_span(call.parameter("timespan").unwrap_or_default())?;
        let interval = call.parameter("interval").unwrap_or_default();
        let slice_s = read_interval(interval, scenario)?;
        if (span.end.as_second() - span.start.as_second()) / slice_s > SLICES_MAX {
            return Err(bad_request(format!(
                "timespan has too many slices of {interval}"
            )));
        }
        let filter = call.parameter("$filter");
        let top = call.parameter("top").map(str::parse);
        let top = top.unwrap_or(Ok(SERIES_DEFAULT));
        Ok(Self {
            span,
            interval: interval.to_owned(),
            slice_s,
            filter: filter
                .map_or(Ok(Filter::default()), Filter::parse)
                .map_err(bad_request)?,
            top: top.map_err(|error| bad_request(format!("top: {error}")))?,
        })
    }

    /// Returns the first second of each slice that overlaps the time span.
    fn starts(&self) -> impl Iterator<Item = i64> {
        let last = self.span.end - SignedDuration::from_nanos(1);
        let step = usize::try_from(self.slice_s).unwrap_or(usize::MAX);
        (self.start_of(self.span.start)..=last.as_second()).step_by(step)
    }

    /// Returns the first second of the slice that contains a time.
    fn start_of(&self, time: Timestamp) -> i64 {
        time.as_second() - time.as_second().rem_euclid(self.slice_s)
    }

    /// Returns each series that has counts.
    fn series<'a>(
        &self,
        counts: impl Iterator<Item = (&'a Series, &'a Seconds)>,
        scenario: &MetricsScenario,
        now: Timestamp,
    ) -> Vec<Value> {
        if scenario.absent {
            return Vec::new();
        }
        let mut groups: BTreeMap<Vec<&str>, Seconds> = BTreeMap::new();
        let counted = self.start_of(self.span.start)..self.span.end.as_second() + self.slice_s;
        for (series, seconds) in counts.filter(|(series, _)| self.filter.matches(series)) {
            for (at, count) in seconds.range(counted.clone()) {
                let group = groups.entry(self.filter.values(series)).or_default();
                *group.entry(*at).or_default() += count;
            }
        }
        let shown = groups.into_iter().take(self.top);
        let shown = shown.map(|(values, counts)| {
            json!({
                "metadatavalues": self.filter.metadata(&values),
                "data": self.points(&counts, scenario, now),
            })
        });
        shown.collect()
    }

    /// Returns the points of one series. A slice without requests is 0; a slice that is younger than
    /// the lag has no number.
    fn points(&self, counts: &Seconds, scenario: &MetricsScenario, now: Timestamp) -> Vec<Value> {
        let lag = i64::try_from(scenario.lag_s).unwrap_or(i64::MAX);
        let now = now.as_second();
        let started = self.starts().filter(|start| *start <= now);
        let point = |start: i64| {
            let shown = Timestamp::from_second(start).unwrap_or(Timestamp::MAX);
            let mut point = json!({"timeStamp": shown.to_string()});
            if now - start >= lag {
                let total: u64 = counts
                    .range(start..start + self.slice_s)
                    .map(|(_, n)| n)
                    .sum();
                #[expect(clippy::cast_precision_loss, reason = "exact below 2^53 requests")]
                let total = total as f64;
                point["total"] = json!(total);
            }
            point
        };
        started.map(point).collect()
    }
}

/// Reads the length of a slice in seconds: a minute, or less where the scenario allows it.
fn read_interval(text: &str, scenario: &MetricsScenario) -> Result<i64, Refusal> {
    let seconds = match text
        .strip_prefix("PT")
        .and_then(|rest| rest.strip_suffix('S'))
    {
        _ if text.eq_ignore_ascii_case("PT1M") => Some(60),
        Some(seconds) => seconds.parse().ok(),
        None => None,
    };
    let shortest = i64::from(scenario.shortest_slice_s.clamp(1, 60));
    let found = seconds.filter(|seconds| (shortest..=60).contains(seconds));
    found.ok_or_else(|| {
        bad_request(format!(
            "interval '{text}' is not supported; use PT1M, or from PT{shortest}S on"
        ))
    })
}

fn read_span(text: &str) -> Result<Range<Timestamp>, Refusal> {
    let parsed = text.split_once('/').and_then(|(start, end)| {
        let (start, end): (Timestamp, Timestamp) = (start.parse().ok()?, end.parse().ok()?);
        let length = end.as_second() - start.as_second();
        (start < end && length <= SPAN_MAX_S).then_some(start..end)
    });
    parsed.ok_or_else(|| {
        bad_request(format!(
            "timespan '{text}' is not start/end in ISO 8601, the start first"
        ))
    })
}

fn bad_request(message: String) -> Refusal {
    Refusal::new(400, "BadRequest", message)
}
