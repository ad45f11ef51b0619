//! The operator's settings, read from their JSON.
//!
//! lockgate has checked them against `settings.schema.json` and filled in its defaults. They are read as strictly here, with
//! the same defaults (a test compares them), because a plan and a simulation read settings without a gate.

mod error;
mod metric;
mod selector;
mod source;
mod table;
#[cfg(test)]
pub(crate) mod tests;

use evidence::{Rules, ThinEvidence};
use serde_json::Value;

pub use error::SettingsError;
pub use metric::{CLASSES, Failing, Metric};
pub use selector::Selector;
pub use source::{Probing, Prometheus, Source};
use table::Table;

/// The most metrics: their evidence has to fit into the gate's state.
pub const METRICS_MAX: usize = 8;

const KEYS: [&str; 14] = [
    "alpha",
    "beta",
    "source",
    "metrics",
    "warm-up-s",
    "min-requests",
    "burst",
    "patience-s",
    "thin-evidence",
    "thin-after-s",
    "probes",
    "path",
    "timeout-ms",
    "prometheus",
];

/// The settings, complete and free of contradictions.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// What the decision table knows of them.
    pub rules: Rules,
    /// Where the counts come from.
    pub source: Source,
    /// What is compared: 1 to [`METRICS_MAX`].
    pub metrics: Vec<Metric>,
    /// The seconds after each raise of the weight that are not judged.
    pub warm_up_s: f64,
    /// The most failures that one cause makes, at least 1; `None` to measure it in the stable's hour before.
    pub burst: Option<f64>,
    /// Tells these settings from others: a state that was written with others is not read.
    pub fingerprint: u64,
}

impl Settings {
    /// Reads settings. What is absent has the schema's default.
    ///
    /// # Errors
    /// When a key is unknown, a value is out of its range, or two settings contradict each other.
    pub fn of(settings: &Value) -> Result<Settings, SettingsError> {
        let table = Table::open("", settings, &KEYS)?;
        let source = Source::of(&table)?;
        if let Some((key, value)) = source::foreign_key(&source, &table) {
            let wanted = "nothing, or source = \"prometheus\"";
            return Err(SettingsError::refused(key, Some(&value), wanted));
        }
        let metrics = metrics(&table)?;
        source.check(&table, &metrics)?;
        let sees_before_traffic = matches!(source, Source::Probe(_));
        let min_requests = if sees_before_traffic { 30.0 } else { 100.0 };
        let rules = Rules {
            alpha: table.number("alpha", 1e-6..=0.2, 0.01)?,
            beta: table.number("beta", 1e-4..=0.5, 0.05)?,
            sees_before_traffic,
            min_requests: table.number("min-requests", 1.0..=1e6, min_requests)?,
            patience_s: table.number("patience-s", 60.0..=86_400.0, 600.0)?,
            thin_evidence: match table.word("thin-evidence", &["hold", "pass"])? {
                "pass" => ThinEvidence::Pass,
                _ => ThinEvidence::Hold,
            },
            thin_after_s: table.number("thin-after-s", 60.0..=86_400.0, 1_800.0)?,
        };
        Ok(Settings {
            rules,
            source,
            metrics,
            warm_up_s: table.number("warm-up-s", 0.0..=3_600.0, 60.0)?,
            burst: burst(&table)?,
            fingerprint: fingerprint(settings),
        })
    }
}

fn metrics(table: &Table<'_>) -> Result<Vec<Metric>, SettingsError> {
    let wanted = "a list of 1 to 8 metrics, such as [{ name = \"errors\" }]";
    let default = [serde_json::json!({ "name": "errors" })];
    let values = match table.get("metrics") {
        None => default.as_slice(),
        Some(value) => value
            .as_array()
            .filter(|values| (1..=METRICS_MAX).contains(&values.len()))
            .ok_or_else(|| table.refused("metrics", wanted))?,
    };
    let metrics = values.iter().enumerate();
    let metrics = metrics.map(|(place, value)| Metric::of(place, value));
    let mut metrics = metrics.collect::<Result<Vec<Metric>, SettingsError>>()?;
    for (place, metric) in metrics.iter().enumerate() {
        if metrics[..place]
            .iter()
            .any(|other| other.name == metric.name)
        {
            let key = format!("metrics[{place}].name");
            let name = Value::from(metric.name.as_str());
            let wanted = "a name that no other metric has";
            return Err(SettingsError::refused(key, Some(&name), wanted));
        }
    }
    let all: f64 = metrics.iter().map(|metric| metric.share).sum();
    for metric in &mut metrics {
        metric.share /= all;
    }
    Ok(metrics)
}

fn burst(table: &Table<'_>) -> Result<Option<f64>, SettingsError> {
    match table.get("burst") {
        None => Ok(None),
        Some(value) if value == "auto" => Ok(None),
        Some(value) => match value.as_f64().filter(|burst| (1.0..=100.0).contains(burst)) {
            Some(burst) => Ok(Some(burst)),
            None => Err(table.refused("burst", "\"auto\", or a number from 1 to 100")),
        },
    }
}

/// Returns a hash of settings that does not depend on the order of their keys.
fn fingerprint(settings: &Value) -> u64 {
    match settings {
        Value::Array(items) => {
            let items = items.iter().map(fingerprint);
            items.fold(hash(b"["), |all, item| {
                hash(&(all ^ item.rotate_left(32)).to_le_bytes())
            })
        }
        Value::Object(members) => {
            let members = members.iter().map(|(key, value)| {
                hash(&(hash(key.as_bytes()) ^ fingerprint(value).rotate_left(32)).to_le_bytes())
            });
            members.fold(hash(b"{"), u64::wrapping_add)
        }
        single => hash(crate::words::json(single).as_bytes()),
    }
}

/// FNV-1a.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3)
    })
}
