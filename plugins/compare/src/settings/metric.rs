//! One metric: which requests are failures, and what is tolerated.

use evidence::{Line, smallest_margin};
use serde_json::Value;

use super::error::SettingsError;
use super::selector::Selector;
use super::table::Table;

/// The classes of status, as the contract names them.
pub const CLASSES: [&str; 4] = ["2xx", "3xx", "4xx", "5xx"];

const KEYS: [&str; 9] = [
    "name",
    "failures",
    "slower-than-ms",
    "requests",
    "failed",
    "histogram",
    "tolerance",
    "harm",
    "weight",
];

/// A metric.
#[derive(Debug, Clone, PartialEq)]
pub struct Metric {
    /// Its name.
    pub name: String,
    /// Which requests are failures.
    pub failing: Failing,
    /// The tolerated line.
    pub tolerated: Line,
    /// The share of all requests that may additionally fail after a step.
    pub harm: f64,
    /// Its share of alpha; those of all metrics sum to 1.
    pub share: f64,
}

/// Which requests of a metric are failures.
#[derive(Debug, Clone, PartialEq)]
pub enum Failing {
    /// Those whose status has one of these classes: whether each of [`CLASSES`] is one.
    Classes([bool; CLASSES.len()]),
    /// Those that take longer than so many milliseconds.
    SlowerThan(f64),
    /// Those that take longer than the stable's 95th percentile before the canary has traffic.
    SlowerThanStable,
    /// Those of a counter beside the counter of all.
    Counter {
        /// The selector of the counter of all requests.
        requests: Selector,
        /// The selector of the counter of the failed ones.
        failed: Selector,
    },
    /// Those above a bound of a histogram.
    Bucket {
        /// The selector of the histogram, without the endings of its names.
        histogram: Selector,
        /// The bound, in milliseconds.
        slower_than_ms: f64,
    },
}

impl Metric {
    pub(super) fn of(place: usize, value: &Value) -> Result<Metric, SettingsError> {
        let table = Table::open(format!("metrics[{place}]."), value, &KEYS)?;
        let name = table.text("name")?;
        let name = name.ok_or_else(|| table.refused("name", "its name, such as \"errors\""))?;
        let is_slow = table.get("slower-than-ms").is_some();
        let (ratio, difference, harm) = if is_slow {
            (1.5, 0.01, 0.05)
        } else {
            (1.1, 0.0005, 0.01)
        };
        Ok(Metric {
            name: name.to_owned(),
            failing: failing(&table)?,
            tolerated: tolerated(place, &table, ratio, difference)?,
            harm: table.number("harm", 0.0005..=0.5, harm)?,
            share: weight(&table)?,
        })
    }
}

fn failing(table: &Table<'_>) -> Result<Failing, SettingsError> {
    let one_of = |key: &str| {
        let wanted = "one of `failures`, `slower-than-ms`, `requests` with `failed`, and `histogram` with `slower-than-ms`";
        table.refused(key, format!("nothing: a metric has only {wanted}"))
    };
    let histogram = selector(table, "histogram")?;
    if histogram
        .as_ref()
        .is_some_and(|histogram| !histogram.has_name())
    {
        return Err(table.refused(
            "histogram",
            "a selector that begins with the histogram's name",
        ));
    }
    let (requests, failed) = (selector(table, "requests")?, selector(table, "failed")?);
    let counter = match (requests, failed) {
        (Some(requests), Some(failed)) => Some(Failing::Counter { requests, failed }),
        (None, None) => None,
        (Some(_), None) => {
            let wanted = "the selector of the counter of failed requests, beside `requests`";
            return Err(table.refused("failed", wanted));
        }
        (None, Some(_)) => {
            let wanted = "the selector of the counter of all requests, beside `failed`";
            return Err(table.refused("requests", wanted));
        }
    };
    let slower = slower(table)?;
    if table.get("failures").is_some() && (slower.is_some() || counter.is_some()) {
        return Err(one_of("failures"));
    }
    if counter.is_some() && (slower.is_some() || histogram.is_some()) {
        return Err(one_of("requests"));
    }
    match (counter, histogram, slower) {
        (Some(counter), ..) => Ok(counter),
        (None, Some(histogram), Some(Failing::SlowerThan(slower_than_ms))) => Ok(Failing::Bucket {
            histogram,
            slower_than_ms,
        }),
        (None, Some(_), _) => {
            let wanted = "the milliseconds of a bound of `histogram`";
            Err(table.refused("slower-than-ms", wanted))
        }
        (None, None, Some(slower)) => Ok(slower),
        (None, None, None) => classes(table),
    }
}

fn selector(table: &Table<'_>, key: &str) -> Result<Option<Selector>, SettingsError> {
    let Some(text) = table.text(key)? else {
        return Ok(None);
    };
    let wanted =
        "a selector alone, such as http_requests_total{app=\"shop\"}: no function and no range";
    match Selector::read(text) {
        Some(selector) => Ok(Some(selector)),
        None => Err(table.refused(key, wanted)),
    }
}

fn slower(table: &Table<'_>) -> Result<Option<Failing>, SettingsError> {
    let Some(value) = table.get("slower-than-ms") else {
        return Ok(None);
    };
    if value == "stable-p95" {
        return Ok(Some(Failing::SlowerThanStable));
    }
    let ms = value.as_f64().filter(|ms| ms.is_finite() && *ms > 0.0);
    let wanted = "milliseconds above 0, or \"stable-p95\"";
    let ms = ms.ok_or_else(|| table.refused("slower-than-ms", wanted))?;
    Ok(Some(Failing::SlowerThan(ms)))
}

fn classes(table: &Table<'_>) -> Result<Failing, SettingsError> {
    let Some(value) = table.get("failures") else {
        return Ok(Failing::Classes(CLASSES.map(|class| class == "5xx")));
    };
    let wanted = "a list of 2xx, 3xx, 4xx and 5xx, not all of them";
    let refused = || table.refused("failures", wanted);
    let mut classes = [false; CLASSES.len()];
    for class in value.as_array().ok_or_else(refused)? {
        let place = CLASSES.iter().position(|known| class == known);
        classes[place.ok_or_else(refused)?] = true;
    }
    // None would find no failure, and all would find nothing else.
    if classes == [false; CLASSES.len()] || classes == [true; CLASSES.len()] {
        return Err(refused());
    }
    Ok(Failing::Classes(classes))
}

fn tolerated(
    place: usize,
    table: &Table<'_>,
    ratio: f64,
    difference: f64,
) -> Result<Line, SettingsError> {
    let empty = Value::Object(serde_json::Map::new());
    let value = table.get("tolerance").unwrap_or(&empty);
    let prefix = format!("metrics[{place}].tolerance.");
    let table = Table::open(prefix, value, &["ratio", "difference"])?;
    let ratio = table.number("ratio", 0.0..=10.0, ratio)?;
    if ratio > 0.0 && ratio < 1.0 {
        let wanted = "0 for an absolute limit, or 1 to 10";
        return Err(table.refused("ratio", wanted));
    }
    let is_absolute = ratio == 0.0;
    let difference = table.number("difference", 0.0..=0.5, difference)?;
    let is_default = table.get("difference").is_none();
    if is_absolute && (is_default || difference < smallest_margin()) {
        let wanted = "the absolute limit, 0.0005 to 0.5, as `ratio` is 0";
        return Err(table.refused("difference", wanted));
    }
    Ok(Line { ratio, difference })
}

fn weight(table: &Table<'_>) -> Result<f64, SettingsError> {
    let weight = table.number("weight", 0.0..=1_000.0, 1.0)?;
    if weight > 0.0 {
        Ok(weight)
    } else {
        Err(table.refused("weight", "a number above 0, or leave the metric out"))
    }
}
