//! Azure Monitor's metrics of an app: the one metric `Requests`, by the minute, from what the data
//! plane really answered. As strict about the question as the real service: a filter that it would
//! refuse is refused here, and the number of series is bounded in the same way.

mod filter;

use std::collections::BTreeMap;
use std::ops::Range;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::http::{Answer, Call};
use crate::refusal::Refusal;
use crate::scenario::MetricsScenario;
use crate::world::World;
use crate::world::metered::{Minute, Minutes, Series, minute, start_of};

use filter::Filter;

/// Series of one answer when the question does not say.
const SERIES_DEFAULT: usize = 10;
/// The longest span that is answered by the minute.
const MINUTES_MAX: i64 = 31 * 24 * 60;

/// Answers the read of an app's metrics.
pub(crate) fn read(world: &mut World, call: &Call, app: &str) -> Result<Answer, Refusal> {
    let now = world.settle().wall;
    let app = world.app(app)?;
    let (name, scope) = (app.name.clone(), app.scope.clone());
    let question = Question::read(call)?;
    let series = question.series(world.metered.of_app(&name), &world.metrics, now);
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
        "cost": question.minutes().count(),
        "timespan": format!("{}/{}", question.start, question.end),
        "interval": "PT1M",
        "value": [metric],
        "namespace": "Microsoft.App/containerapps",
        "resourceregion": "eastus",
    });
    Ok(Answer::json(200, body))
}

/// What is asked.
struct Question {
    start: Timestamp,
    end: Timestamp,
    filter: Filter,
    top: usize,
}

impl Question {
    fn read(call: &Call) -> Result<Self, Refusal> {
        for (name, only) in [
            ("metricnames", "Requests"),
            ("interval", "PT1M"),
            ("aggregation", "Total"),
        ] {
            let given = call.parameter(name).unwrap_or_default();
            if !given.eq_ignore_ascii_case(only) {
                return Err(bad(format!(
                    "{name} '{given}' is not supported; use {only}"
                )));
            }
        }
        let (start, end) = span(call.parameter("timespan").unwrap_or_default())?;
        let filter = call.parameter("$filter");
        let top = call.parameter("top").map(str::parse);
        let top = top.unwrap_or(Ok(SERIES_DEFAULT));
        Ok(Self {
            start,
            end,
            filter: filter
                .map_or(Ok(Filter::default()), Filter::parse)
                .map_err(bad)?,
            top: top.map_err(|error| bad(format!("top: {error}")))?,
        })
    }

    /// The minutes that have a moment in common with the span.
    fn minutes(&self) -> Range<Minute> {
        minute(self.start)..minute(self.end - SignedDuration::from_nanos(1)) + 1
    }

    /// Returns each series in which anything was counted.
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
        for (series, minutes) in counts.filter(|(series, _)| self.filter.takes(series)) {
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

    /// A minute without requests is 0; one that the metrics have not got to has no number at all.
    fn points(&self, counts: &Minutes, scenario: &MetricsScenario, now: Timestamp) -> Vec<Value> {
        let lag = i64::try_from(scenario.lag_s).unwrap_or(i64::MAX);
        let begun = self.minutes().filter(|at| start_of(*at) <= now);
        let point = |at: Minute| {
            let mut point = json!({"timeStamp": start_of(at).to_string()});
            let age = now.as_second() - start_of(at).as_second();
            if age >= lag {
                #[expect(
                    clippy::cast_precision_loss,
                    reason = "nobody serves 2^53 requests here"
                )]
                let total = counts.get(&at).copied().unwrap_or_default() as f64;
                point["total"] = json!(total);
            }
            point
        };
        begun.map(point).collect()
    }
}

fn span(text: &str) -> Result<(Timestamp, Timestamp), Refusal> {
    let parsed = text.split_once('/').and_then(|(start, end)| {
        let (start, end): (Timestamp, Timestamp) = (start.parse().ok()?, end.parse().ok()?);
        (start < end && minute(end) - minute(start) <= MINUTES_MAX).then_some((start, end))
    });
    parsed.ok_or_else(|| {
        bad(format!(
            "timespan '{text}' is not start/end in ISO 8601, the start first"
        ))
    })
}

fn bad(message: String) -> Refusal {
    Refusal::new(400, "BadRequest", message)
}
