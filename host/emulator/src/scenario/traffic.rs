//! An entry of a traffic array, as scenarios and faults write it.

use schemars::JsonSchema;
use serde::Deserialize;

/// One entry of a traffic array.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct TrafficScenario {
    /// Name or suffix of a revision.
    pub revision: Option<String>,
    /// Whether the entry follows the latest ready revision instead of a named one.
    pub latest_revision: bool,
    /// Per cent of the requests, 0 to 100.
    pub weight: u32,
    /// Label of the target, which adds the host `<app>---<label>`.
    pub label: Option<String>,
}

impl TrafficScenario {
    /// Returns an entry for a revision, by name or suffix.
    pub fn named(revision: &str, weight: u32) -> Self {
        Self {
            revision: Some(revision.to_owned()),
            weight,
            ..Self::default()
        }
    }

    /// Returns the entry that follows the latest ready revision.
    pub fn latest(weight: u32) -> Self {
        Self {
            latest_revision: true,
            weight,
            ..Self::default()
        }
    }
}
