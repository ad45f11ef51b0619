//! Why settings are refused: each error names the key, the value and what to write instead.

use serde_json::Value;
use thiserror::Error;

use crate::words::{excerpt, json};

/// Why the settings cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SettingsError {
    /// A setting that is not there, or not as the schema says. lockgate never hands such settings over.
    #[error(
        "settings: `{key}` is not as the schema says: ask with settings that lockgate has completed"
    )]
    Incomplete {
        /// The key with its parents, such as `compare.path`.
        key: String,
    },
    /// A header field that cannot be set. Its value is not shown, because it may be a credential.
    #[error("settings: header `{name}` cannot be sent: write {wanted}")]
    Header {
        /// The name, cut after 80 characters.
        name: String,
        /// What to write instead.
        wanted: &'static str,
    },
    /// A fact that the pipeline has not handed over.
    #[error(
        "settings: there is no fact `{name}`: hand it over with --fact {name}=… or under [facts]"
    )]
    NoFact {
        /// The name of the fact.
        name: String,
    },
    /// A value that the key cannot have, alone or together with other keys.
    #[error("settings: `{key}` is {value}: write {wanted}")]
    Refused {
        /// The key with its parents, such as `compare.path`.
        key: String,
        /// The value as JSON, cut after 80 characters.
        value: String,
        /// What to write instead.
        wanted: String,
    },
}

impl SettingsError {
    pub(super) fn refused(
        key: impl Into<String>,
        value: &Value,
        wanted: impl Into<String>,
    ) -> Self {
        let value = excerpt(&json(value));
        Self::Refused {
            key: key.into(),
            value,
            wanted: wanted.into(),
        }
    }
}
