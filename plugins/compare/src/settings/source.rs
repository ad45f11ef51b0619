//! Where the counts come from.

use serde_json::Value;

use super::error::SettingsError;
use super::metric::{Failing, Metric};
use super::table::Table;

/// Where the counts come from.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    /// The platform's own counts.
    Platform,
    /// A Prometheus.
    Prometheus(Prometheus),
    /// Requests of the gate itself.
    Probe(Probing),
}

/// A Prometheus.
#[derive(Debug, Clone, PartialEq)]
pub struct Prometheus {
    /// What comes before `/api/v1`, without a slash at its end.
    pub url: String,
    /// The label that tells the revisions apart.
    pub label: String,
    /// Its value for the stable; `None` for the revision's name.
    pub stable: Option<String>,
    /// Its value for the canary; `None` for the revision's name.
    pub canary: Option<String>,
    /// The seconds that are counted at once.
    pub slice_s: u32,
    /// The seconds after which all of a slice has been scraped.
    pub lag_s: u32,
}

/// Requests of the gate itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probing {
    /// The requests to each revision and call.
    pub probes: u32,
    /// Their path.
    pub path: String,
    /// The time for each, in milliseconds.
    pub timeout_ms: u32,
}

impl Source {
    pub(super) fn of(table: &Table<'_>) -> Result<Source, SettingsError> {
        Ok(
            match table.word("source", &["platform", "prometheus", "probe"])? {
                "platform" => Source::Platform,
                "probe" => Source::Probe(Probing {
                    probes: table.whole("probes", 1..=40, 10)?,
                    path: path(table)?,
                    timeout_ms: table.whole("timeout-ms", 1..=60_000, 2_000)?,
                }),
                _ => Source::Prometheus(Prometheus::of(table)?),
            },
        )
    }

    /// Refuses a metric that the source does not have.
    pub(super) fn check(&self, table: &Table<'_>, metrics: &[Metric]) -> Result<(), SettingsError> {
        for (place, metric) in metrics.iter().enumerate() {
            let fits = matches!(
                (self, &metric.failing),
                (Source::Platform, Failing::Classes(_))
                    | (
                        Source::Probe(_),
                        Failing::Classes(_) | Failing::SlowerThan(_) | Failing::SlowerThanStable
                    )
                    | (
                        Source::Prometheus(_),
                        Failing::Counter { .. } | Failing::Bucket { .. }
                    )
            );
            if !fits {
                let wanted = match self {
                    Source::Platform => {
                        "metrics with `failures` alone: the platform's counts have no times and no counters"
                    }
                    Source::Probe(_) => "metrics with `failures` or `slower-than-ms`",
                    Source::Prometheus(_) => {
                        "metrics with `requests` and `failed`, or with `histogram` and `slower-than-ms` in milliseconds"
                    }
                };
                let value = table.get("metrics").and_then(|metrics| metrics.get(place));
                let key = format!("metrics[{place}]");
                return Err(SettingsError::refused(key, value, wanted));
            }
        }
        Ok(())
    }
}

impl Prometheus {
    fn of(table: &Table<'_>) -> Result<Prometheus, SettingsError> {
        let wanted = "where it is, such as { url = \"https://prometheus.example\" }";
        let value = table.get("prometheus");
        let value = value.ok_or_else(|| table.refused("prometheus", wanted))?;
        let keys = ["url", "label", "stable", "canary", "slice-s", "lag-s"];
        let table = Table::open("prometheus.", value, &keys)?;
        let own = |key: &str| table.text(key).map(|text| text.map(str::to_owned));
        Ok(Prometheus {
            url: url(&table)?,
            label: label(&table)?,
            stable: own("stable")?,
            canary: own("canary")?,
            slice_s: table.whole("slice-s", 10..=3_600, 60)?,
            lag_s: table.whole("lag-s", 0..=3_600, 30)?,
        })
    }
}

fn path(table: &Table<'_>) -> Result<String, SettingsError> {
    let path = table.text("path")?.unwrap_or("/");
    if path.starts_with('/') {
        Ok(path.to_owned())
    } else {
        Err(table.refused("path", "a path that begins with /"))
    }
}

fn url(table: &Table<'_>) -> Result<String, SettingsError> {
    let url = table.text("url")?.unwrap_or_default();
    let is_one = ["https://", "http://"].iter().any(|scheme| {
        url.strip_prefix(scheme)
            .is_some_and(|rest| !rest.is_empty())
    });
    if is_one && !url.contains(['?', '#']) {
        Ok(url.trim_end_matches('/').to_owned())
    } else {
        Err(table.refused(
            "url",
            "a URL such as https://prometheus.example, without a query",
        ))
    }
}

fn label(table: &Table<'_>) -> Result<String, SettingsError> {
    let label = table.text("label")?.unwrap_or("revision");
    let is_one = label.bytes().enumerate().all(|(place, byte)| {
        byte == b'_' || byte.is_ascii_alphabetic() || place > 0 && byte.is_ascii_digit()
    });
    if is_one {
        Ok(label.to_owned())
    } else {
        Err(table.refused("label", "the name of a label"))
    }
}

/// Returns whether the keys of this source's settings are all that is there of those that only one source has.
pub(super) fn foreign_key(source: &Source, table: &Table<'_>) -> Option<(&'static str, Value)> {
    let prometheus = table.get("prometheus")?;
    match source {
        Source::Prometheus(_) => None,
        Source::Platform | Source::Probe(_) => Some(("prometheus", prometheus.clone())),
    }
}
