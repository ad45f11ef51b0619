//! Why settings are refused: each error names the key, the value and what to write instead.

use serde_json::Value;
use thiserror::Error;

use crate::words::{excerpt, json};

/// Why the settings cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("settings: `{key}` is {value}: write {wanted}")]
pub struct SettingsError {
    /// The key with its parents, such as `metrics[0].harm`.
    pub key: String,
    /// The value as JSON, cut after 80 characters; `missing` where there is none.
    pub value: String,
    /// What to write instead.
    pub wanted: String,
}

impl SettingsError {
    pub(super) fn refused(
        key: impl Into<String>,
        value: Option<&Value>,
        wanted: impl Into<String>,
    ) -> SettingsError {
        let value = value.map_or_else(|| "missing".to_owned(), |value| excerpt(&json(value)));
        SettingsError {
            key: key.into(),
            value,
            wanted: wanted.into(),
        }
    }
}
