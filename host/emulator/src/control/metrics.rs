//! Azure Monitor's metrics of an app: the metric `Requests`, by the minute, from the answers that
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
use crate::world::meter::{Minute, Minutes, Series, minute, start_of};

use filter::Filter;

/// Series of one reply when the query has no `top`.
const SERIES_DEFAULT: usize = 10;
/// The longest time span of a query.
const MINUTES_MAX: i64 = 31 * 24 * 60;

/// Answers the read of an app's metrics.
pub(crate) fn read(world: &mut World, call: &HttpCall, app: &str) -> Result<Reply, Refusal> {
    let now = world.settle().wall;
    let app = world.app(app)?;
    let (name, scope) = (app.name.clone(), app.scope.clone());
    let query = MetricsQuery::read(call)?;
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
        "cost": query.minutes().count(),
        "timespan": format!("{}/{}", query.span.start, query.span.end),
        "interval": "PT1M",
        "value": [metric],
        "namespace": "Microsoft.App/containerapps",
        "resourceregion": "eastus",
    });
    Ok(Reply::json(200, body))
}

/// The parameters of a read.
struct MetricsQuery {
    span: Range<Timestamp>,
    filter: Filter,
    top: usize,
}

impl MetricsQuery {
    fn read(call: &HttpCall) -> Result<Self, Refusal> {
        for (name, only) in [
            ("metricnames", "Requests"),
            ("interval", "PT1M"),
            ("aggregation", "Total"),
        ] {
            let value = call.parameter(name).unwrap_or_default();
            if !value.eq_ignore_ascii_case(only) {
                return Err(bad_request(format!(
                    "{name} '{value}' is not supported; use {only}"
                )));
            }
        }
        let span = read_span(call.parameter("timespan").unwrap_or_default())?;
        let filter = call.parameter("$filter");
        let top = call.parameter("top").map(str::parse);
        let top = top.unwrap_or(Ok(SERIES_DEFAULT));
        Ok(Self {
            span,
            filter: filter
                .map_or(Ok(Filter::default()), Filter::parse)
                .map_err(bad_request)?,
            top: top.map_err(|error| bad_request(format!("top: {error}")))?,
        })
    }

    /// Returns the minutes that overlap the time span.
    fn minutes(&self) -> Range<Minute> {
        minute(self.span.start)..minute(self.span.end - SignedDuration::from_nanos(1)) + 1
    }

    /// Returns each series that has counts.
    fn series<'a>(
        &self,
        counts: impl Iterator<Item = (&'a Series, &'a Minutes)>,
        scenario: &MetricsScenario,
        now: Timestamp,
    ) -> Vec<Value> {
        if scenario.absent {
            return Vec::new();
        }
        let mut groups: BTreeMap<Vec<&str>, Minutes> = BTreeMap::new();
        for (series, minutes) in counts.filter(|(series, _)| self.filter.matches(series)) {
            for (at, count) in minutes.range(self.minutes()) {
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

    /// Returns the points of one series. A minute without requests is 0; a minute that is younger
    /// than the lag has no number.
    fn points(&self, counts: &Minutes, scenario: &MetricsScenario, now: Timestamp) -> Vec<Value> {
        let lag = i64::try_from(scenario.lag_s).unwrap_or(i64::MAX);
        let started = self.minutes().filter(|at| start_of(*at) <= now);
        let point = |at: Minute| {
            let mut point = json!({"timeStamp": start_of(at).to_string()});
            let age = now.as_second() - start_of(at).as_second();
            if age >= lag {
                #[expect(clippy::cast_precision_loss, reason = "exact below 2^53 requests")]
                let total = counts.get(&at).copied().unwrap_or_default() as f64;
                point["total"] = json!(total);
            }
            point
        };
        started.map(point).collect()
    }
}

fn read_span(text: &str) -> Result<Range<Timestamp>, Refusal> {
    let parsed = text.split_once('/').and_then(|(start, end)| {
        let (start, end): (Timestamp, Timestamp) = (start.parse().ok()?, end.parse().ok()?);
        (start < end && minute(end) - minute(start) <= MINUTES_MAX).then_some(start..end)
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
