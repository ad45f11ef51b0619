//! The operator's settings, read from their JSON.
//!
//! lockgate has checked them against `settings.schema.json` and filled in its defaults, so that no
//! default, range or list of keys is repeated here. Refuses only what a schema cannot say: a
//! contradiction between two settings, and what the host would never send.

mod error;
mod request;
mod status;
mod table;
#[cfg(test)]
pub(crate) mod tests;

use serde_json::Value;

pub use error::SettingsError;
use request::{body_of, headers_of};
pub use status::ExpectedStatus;
use table::Table;

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
    /// JSON pointers into the body, each with the fact whose value must be there.
    pub body_facts: Vec<BodyFact>,
    /// The comparison with the stable.
    pub compare: Option<Comparison>,
}

/// A fact of the pipeline that the body must show.
#[derive(Debug, Clone, PartialEq)]
pub struct BodyFact {
    /// The JSON pointer (RFC 6901) into the body.
    pub pointer: String,
    /// The name of the fact.
    pub name: String,
    /// Its value; empty until the facts are known.
    pub value: String,
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
    /// Reads complete settings.
    ///
    /// Fails when two settings contradict each other, or when a request could never be sent.
    pub fn of(settings: &Value) -> Result<Self, SettingsError> {
        let table = Table::new("", settings);
        let attempts = table.whole("attempts")?;
        let path = table.text("path")?;
        let settings = Self {
            method: table.text("method")?,
            headers: headers_of(&table)?,
            body: body_of(&table)?,
            expected_status: ExpectedStatus::of(&table)?,
            interval_ms: table.whole("interval-ms")?,
            successes_in_a_row: run_of(&table, "successes-in-a-row", attempts)?,
            failures_in_a_row: run_of(&table, "failures-in-a-row", attempts)?,
            timeout_ms: table.whole("timeout-ms")?,
            latency: latency_of(&table)?,
            body_contains: table.texts("body-contains"),
            body_does_not_contain: table.texts("body-does-not-contain"),
            body_json: body_json_of(&table),
            body_facts: body_facts_of(&table),
            compare: comparison_of(&table, &path)?,
            attempts: attempts as usize,
            path,
        };
        settings.refuse_body_demands_without_body(&table)?;
        Ok(settings)
    }

    /// Returns the settings with the values of the facts that they name.
    ///
    /// Fails when the pipeline has not handed one of them over: without it there is nothing to compare with.
    pub fn with_facts(mut self, facts: &[(String, String)]) -> Result<Self, SettingsError> {
        for wanted in &mut self.body_facts {
            let fact = facts.iter().find(|(name, _)| *name == wanted.name);
            match fact {
                Some((_, value)) => wanted.value.clone_from(value),
                None => {
                    return Err(SettingsError::NoFact {
                        name: wanted.name.clone(),
                    });
                }
            }
        }
        Ok(self)
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
        let demand = [
            "body-contains",
            "body-does-not-contain",
            "body-json",
            "body-json-facts",
        ]
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

/// The schema cannot compare two settings.
fn run_of(table: &Table, key: &str, attempts: u32) -> Result<usize, SettingsError> {
    let run = table.whole(key)?;
    if run > attempts {
        let wanted = format!("at most {attempts}, or raise `attempts`, which is {attempts}");
        return Err(SettingsError::refused(key, &Value::from(run), wanted));
    }
    Ok(run as usize)
}

fn latency_of(table: &Table) -> Result<Option<LatencyBound>, SettingsError> {
    let Some(table) = table.inner("latency") else {
        return Ok(None);
    };
    let percentile = table.get("percentile").map(|_| table.whole("percentile"));
    Ok(Some(LatencyBound {
        max_ms: table.number("max-ms")?,
        percentile: percentile
            .transpose()?
            .map(|percentile| percentile as usize),
    }))
}

fn body_json_of(table: &Table) -> Vec<(String, Value)> {
    let demands = table.entries("body-json");
    demands
        .map(|(pointer, value)| (pointer.clone(), value.clone()))
        .collect()
}

fn body_facts_of(table: &Table) -> Vec<BodyFact> {
    let facts = table.entries("body-json-facts");
    facts
        .map(|(pointer, name)| BodyFact {
            pointer: pointer.clone(),
            name: name.as_str().unwrap_or_default().to_owned(),
            value: String::new(),
        })
        .collect()
}

fn comparison_of(table: &Table, path: &str) -> Result<Option<Comparison>, SettingsError> {
    let Some(compare) = table.inner("compare") else {
        return Ok(None);
    };
    let same_status_class = compare.truth("same-status-class")?;
    let latency = match compare.get("latency-ratio") {
        Some(_) => Some(RelativeBound {
            ratio: compare.number("latency-ratio")?,
            min_difference_ms: compare.number("min-difference-ms")?,
        }),
        None => None,
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
    // The default is another setting, which the schema cannot name.
    let path = match compare.get("path") {
        Some(_) => compare.text("path")?,
        None => path.to_owned(),
    };
    Ok(Some(Comparison {
        path,
        same_status_class,
        latency,
    }))
}
