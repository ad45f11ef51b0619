//! What Prometheus answers.

use lockgate_gate::{Answer, CannotAnswer};
use serde_json::Value;

use super::query::Label;
use crate::words::{excerpt, time_of_day};

/// Timestamps are in milliseconds, and read as floats.
const TIMESTAMP_PRECISION_S: f64 = 0.01;

/// Why there is no result.
#[derive(Debug)]
pub(super) enum NoResult {
    /// Prometheus may answer later.
    Later(String),
    /// It will not, by itself.
    Never(CannotAnswer),
}

/// The slices that were asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Grid {
    /// The end of the first slice, in Unix seconds.
    pub(super) first_end_s: f64,
    /// The length of each.
    pub(super) slice_s: f64,
    /// How many they are.
    pub(super) count: usize,
}

/// What one query found in each slice, for stable and canary; `None` where there is nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Found {
    pub(super) stable: Vec<Option<f64>>,
    pub(super) canary: Vec<Option<f64>>,
}

impl Grid {
    pub(super) fn end_s(&self, place: usize) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "at most 1,440")]
        let place = place as f64;
        self.first_end_s + place * self.slice_s
    }
}

/// Returns the data of an answer, checked for everything but its shape.
pub(super) fn data(answer: &Answer) -> Result<Value, NoResult> {
    if let Some(reason) = &answer.no_answer {
        return Err(NoResult::Later(format!(
            "Prometheus did not answer: {reason}"
        )));
    }
    let body: Option<Value> = answer.json().ok();
    let text = |body: &Value, key: &str| body[key].as_str().map(excerpt);
    let said = body.as_ref().and_then(|body| text(body, "error"));
    let said = said.map(|said| format!(": {said}")).unwrap_or_default();
    let status = answer.status;
    match status {
        200 => {}
        429 | 500..=599 => {
            return Err(NoResult::Later(format!(
                "Prometheus answered {status}{said}"
            )));
        }
        401 | 403 => {
            return Err(never(format!(
                "Prometheus answered {status}{said}: its credentials belong to the allow rule of the gate, such as \
                 header.authorization = \"Bearer env:PROM_TOKEN\""
            )));
        }
        _ => {
            return Err(never(format!(
                "Prometheus answered {status}{said}: check prometheus.url and the selectors of the metrics"
            )));
        }
    }
    let Some(mut body) = body else {
        return Err(never(
            "what answers at prometheus.url is not JSON: it is not the API of a Prometheus"
                .to_owned(),
        ));
    };
    if body["status"] != "success" {
        return Err(never(format!("Prometheus answered with an error{said}")));
    }
    if let Some(warning) = body["warnings"]
        .as_array()
        .and_then(|warnings| warnings.first())
    {
        let warning = excerpt(warning.as_str().unwrap_or_default());
        return Err(NoResult::Later(format!(
            "Prometheus warned that its answer is not whole: {warning}"
        )));
    }
    Ok(body["data"].take())
}

/// Reads a matrix.
pub(super) fn matrix(data: &Value, grid: &Grid, label: Label<'_>) -> Result<Found, CannotAnswer> {
    let mut found = Found {
        stable: vec![None; grid.count],
        canary: vec![None; grid.count],
    };
    let is_matrix = data["resultType"] == "matrix";
    let Some(series) = data["result"].as_array().filter(|_| is_matrix) else {
        return Err(CannotAnswer::new("Prometheus answered with no matrix"));
    };
    let mut seen: Vec<&str> = Vec::new();
    for series in series {
        let revision = series["metric"][label.name].as_str().unwrap_or_default();
        let points = if revision == label.stable {
            &mut found.stable
        } else if revision == label.canary {
            &mut found.canary
        } else {
            continue;
        };
        if seen.contains(&revision) {
            let text = format!("Prometheus answered with {revision} twice; nothing of it is used");
            return Err(CannotAnswer::new(text));
        }
        seen.push(revision);
        read_points(&series["values"], grid, points)?;
    }
    Ok(found)
}

fn read_points(
    values: &Value,
    grid: &Grid,
    points: &mut [Option<f64>],
) -> Result<(), CannotAnswer> {
    let odd = |what: String| {
        let text = format!("Prometheus answered with {what}; nothing of it is used");
        Err(CannotAnswer::new(text))
    };
    let mut before = f64::NEG_INFINITY;
    for pair in values.as_array().into_iter().flatten() {
        let (Some(time), Some(text)) = (pair[0].as_f64(), pair[1].as_str()) else {
            return odd("a value that is no pair of a time and a number".to_owned());
        };
        let at = time_of_day(time);
        if time <= before {
            return odd(format!("values out of order, or twice, at {at}"));
        }
        before = time;
        let place = points.iter().enumerate().find_map(|(place, _)| {
            ((grid.end_s(place) - time).abs() < TIMESTAMP_PRECISION_S).then_some(place)
        });
        let Some(place) = place else {
            return odd(format!("a value at {at}, for which it was not asked"));
        };
        match number(text).filter(|number| *number >= 0.0) {
            Some(number) => points[place] = Some(number),
            None => return odd(format!("a count of {} at {at}", excerpt(text))),
        }
    }
    Ok(())
}

/// Reads the values of a label out of a vector; one that a series does not have is empty.
pub(super) fn values(data: &Value, label: &str) -> Vec<String> {
    let series = data["result"].as_array();
    let values = series.into_iter().flatten();
    values
        .map(|series| {
            series["metric"][label]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        })
        .collect()
}

/// Reads a number that is finite. With the reader of JSON, as it is there: another one would be a tenth of the component.
pub(super) fn number(text: &str) -> Option<f64> {
    serde_json::from_slice::<Value>(text.as_bytes())
        .ok()?
        .as_f64()
}

pub(super) fn never(text: String) -> NoResult {
    NoResult::Never(CannotAnswer::new(text))
}
