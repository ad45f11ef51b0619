//! The operator's settings, parsed from the JSON text in `context.settings`.
//!
//! Never guesses: an unknown key, a wrong type, a value out of range and a contradiction between
//! keys are refused, each with the key, the value and what to write instead. The JSON Schema in
//! `settings.schema.json` states the same rules for the host; a test compares the two.

mod error;
mod request;
mod status;
mod table;
#[cfg(test)]
mod tests;

use serde_json::Value;

pub use error::SettingsError;
use request::{body_of, headers_of, method_of, path_of};
pub use status::ExpectedStatus;
use table::{Table, positive, texts, truth};

/// The settings, complete and free of contradictions.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The path of the request to the canary, with its query if any. Begins with `/`.
    pub path: String,
    /// The method.
    pub method: String,
    /// The header fields, in the order in which they were written.
    pub headers: Vec<(String, String)>,
    /// The body of the request.
    pub body: Option<String>,
    /// The status codes that are fit to serve.
    pub expected_status: ExpectedStatus,
    /// The most attempts in one call, 1 to 100.
    pub attempts: usize,
    /// The wait between two attempts, in milliseconds.
    pub interval_ms: u32,
    /// The number of successes in a row that make the canary healthy; at most `attempts`.
    pub successes_in_a_row: usize,
    /// The number of failures in a row that make the canary unhealthy; at most `attempts`.
    pub failures_in_a_row: usize,
    /// The time for each request, in milliseconds.
    pub timeout_ms: u32,
    /// A bound on the time of an answer.
    pub latency: Option<LatencyBound>,
    /// Texts that every body must contain.
    pub body_contains: Vec<String>,
    /// Texts that no body may contain.
    pub body_does_not_contain: Vec<String>,
    /// JSON pointers (RFC 6901) into the body, each with the value that must be there.
    pub body_json: Vec<(String, Value)>,
    /// The comparison with the stable.
    pub compare: Option<Comparison>,
}

/// A bound on the canary's latency.
#[derive(Debug, Clone, PartialEq)]
pub struct LatencyBound {
    /// The longest time in milliseconds, above 0.
    pub max_ms: f64,
    /// The percentile of all attempts that is bounded, 1 to 100; without it every answer is bounded.
    pub percentile: Option<usize>,
}

/// A comparison with the stable.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// The path of the request to the stable.
    pub path: String,
    /// Whether both must answer with the same class of status.
    pub same_status_class: bool,
    /// A bound on the canary's median latency, relative to the stable's.
    pub latency: Option<RelativeBound>,
}

/// A bound on the canary's median latency relative to the stable's.
#[derive(Debug, Clone, PartialEq)]
pub struct RelativeBound {
    /// The canary's median may be at most so many times the stable's; above 0.
    pub ratio: f64,
    /// A difference of at most so many milliseconds is ignored.
    pub min_difference_ms: f64,
}

impl Settings {
    /// Parses the settings; keys that are absent have their defaults.
    pub fn parse(settings: &str) -> Result<Self, SettingsError> {
        let value: Value = serde_json::from_slice(settings.as_bytes()).map_err(|error| {
            SettingsError::NotJson {
                reason: error.to_string(),
            }
        })?;
        let table = Table::open("", &value, &KEYS)?;
        let attempts = table.whole("attempts", 1, 100)?.unwrap_or(3);
        let path = path_of(&table)?.unwrap_or_else(|| "/health".to_owned());
        let settings = Self {
            method: method_of(&table)?,
            headers: headers_of(&table)?,
            body: body_of(&table)?,
            expected_status: ExpectedStatus::of(&table)?,
            interval_ms: table.whole("interval-ms", 0, 60_000)?.unwrap_or(500),
            successes_in_a_row: run_of(&table, "successes-in-a-row", attempts)?,
            failures_in_a_row: run_of(&table, "failures-in-a-row", attempts)?,
            timeout_ms: table.whole("timeout-ms", 1, 60_000)?.unwrap_or(5_000),
            latency: latency_of(&table)?,
            body_contains: texts_of(&table, "body-contains")?,
            body_does_not_contain: texts_of(&table, "body-does-not-contain")?,
            body_json: body_json_of(&table)?,
            compare: comparison_of(&table, &path)?,
            attempts: attempts as usize,
            path,
        };
        settings.refuse_body_demands_without_body(&table)?;
        Ok(settings)
    }

    /// Returns whether the verdict needs all attempts, so that successes cannot end the probing early.
    pub fn needs_all_attempts(&self) -> bool {
        let percentile = self.latency.as_ref().and_then(|bound| bound.percentile);
        let ratio = self
            .compare
            .as_ref()
            .and_then(|compare| compare.latency.as_ref());
        percentile.is_some() || ratio.is_some()
    }

    /// Refuses demands on the body of an answer to HEAD, which has none.
    fn refuse_body_demands_without_body(&self, table: &Table) -> Result<(), SettingsError> {
        let demand = ["body-contains", "body-does-not-contain", "body-json"]
            .into_iter()
            .find_map(|key| table.get(key).map(|value| (key, value)));
        match demand {
            Some((key, value)) if self.method == "HEAD" => Err(SettingsError::refused(
                key,
                value,
                "nothing while `method` is \"HEAD\", whose answers have no body; or write \"GET\"",
            )),
            _ => Ok(()),
        }
    }
}

const KEYS: [&str; 15] = [
    "path",
    "method",
    "headers",
    "body",
    "expected-status",
    "attempts",
    "interval-ms",
    "successes-in-a-row",
    "failures-in-a-row",
    "timeout-ms",
    "latency",
    "body-contains",
    "body-does-not-contain",
    "body-json",
    "compare",
];

/// The default is 2, but never more than the attempts: one attempt alone must be a valid setting.
fn run_of(table: &Table, key: &str, attempts: u32) -> Result<usize, SettingsError> {
    let run = table.whole(key, 1, 100)?.unwrap_or(attempts.min(2));
    if run > attempts {
        let wanted = format!("at most {attempts}, or raise `attempts`, which is {attempts}");
        return Err(SettingsError::refused(key, &Value::from(run), wanted));
    }
    Ok(run as usize)
}

fn latency_of(table: &Table) -> Result<Option<LatencyBound>, SettingsError> {
    let Some(table) = table.inner("latency", &["max-ms", "percentile"])? else {
        return Ok(None);
    };
    let wanted = "a number of milliseconds above 0";
    let max_ms = table
        .read("max-ms", wanted, positive)?
        .ok_or_else(|| SettingsError::refused("latency.max-ms", &Value::Null, wanted))?;
    let percentile = table
        .whole("percentile", 1, 100)?
        .map(|percentile| percentile as usize);
    Ok(Some(LatencyBound { max_ms, percentile }))
}

fn texts_of(table: &Table, key: &str) -> Result<Vec<String>, SettingsError> {
    let wanted = "a text or a list of texts, none of them empty";
    Ok(table.read(key, wanted, texts)?.unwrap_or_default())
}

fn body_json_of(table: &Table) -> Result<Vec<(String, Value)>, SettingsError> {
    let mut demands = Vec::new();
    for (pointer, value) in table.entries("body-json")? {
        if !is_pointer(pointer) {
            let wanted = "a JSON pointer as the key, such as \"/status\" (~ as ~0, / as ~1)";
            return Err(SettingsError::refused(
                format!("body-json.{pointer}"),
                value,
                wanted,
            ));
        }
        demands.push((pointer.clone(), value.clone()));
    }
    match table.get("body-json") {
        Some(value) if demands.is_empty() => {
            let wanted = "at least one pointer, such as {\"/status\": \"ok\"}, or leave it out";
            Err(SettingsError::refused("body-json", value, wanted))
        }
        _ => Ok(demands),
    }
}

/// Returns whether the text is a pointer by RFC 6901: empty, or segments that begin with `/`, with `~`
/// only in escapes.
fn is_pointer(text: &str) -> bool {
    let escaped = text
        .split('~')
        .skip(1)
        .all(|rest| rest.starts_with(['0', '1']));
    escaped && (text.is_empty() || text.starts_with('/'))
}

fn comparison_of(table: &Table, path: &str) -> Result<Option<Comparison>, SettingsError> {
    let keys = [
        "path",
        "same-status-class",
        "latency-ratio",
        "min-difference-ms",
    ];
    let Some(compare) = table.inner("compare", &keys)? else {
        return Ok(None);
    };
    let wanted = "true or false";
    let same_status_class = compare
        .read("same-status-class", wanted, truth)?
        .unwrap_or(true);
    let ratio = compare.read("latency-ratio", "a number above 0, such as 1.5", positive)?;
    let min_difference_ms = compare.read(
        "min-difference-ms",
        "a number of milliseconds, 0 or more",
        |value| value.as_f64().filter(|difference| *difference >= 0.0),
    )?;
    let latency = match (ratio, min_difference_ms) {
        (Some(ratio), difference) => Some(RelativeBound {
            ratio,
            min_difference_ms: difference.unwrap_or(20.0),
        }),
        (None, Some(_)) => {
            let value = compare.get("min-difference-ms").unwrap_or(&Value::Null);
            let wanted = "`latency-ratio` beside it, or leave it out: alone it has no effect";
            return Err(SettingsError::refused(
                "compare.min-difference-ms",
                value,
                wanted,
            ));
        }
        (None, None) => None,
    };
    if !same_status_class && latency.is_none() {
        let wanted = "true, or a `latency-ratio` beside it: else nothing is compared";
        let value = Value::from(false);
        return Err(SettingsError::refused(
            "compare.same-status-class",
            &value,
            wanted,
        ));
    }
    let path = path_of(&compare)?.unwrap_or_else(|| path.to_owned());
    Ok(Some(Comparison {
        path,
        same_status_class,
        latency,
    }))
}
