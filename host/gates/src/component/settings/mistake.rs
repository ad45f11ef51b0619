//! What is wrong with settings, as plain data.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::call::sanitise::sanitise;

/// The most mistakes that are listed: a person mends a few and looks again.
pub(super) const MISTAKES_MAX: usize = 50;
/// The most of a key that is shown, in characters.
const KEY_CHARS_MAX: usize = 200;

/// A step from a value to a part of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// Into an object, by key.
    Key(String),
    /// Into a list, by index from 0.
    Item(usize),
}

/// One thing that is wrong with settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingsMistake {
    /// Where it is; empty for the settings as a whole. What is missing is named as if it were there.
    pub path: Vec<Step>,
    /// What is wrong, without the key.
    pub message: String,
    /// What was probably meant, and what the schema says of the key; empty where there is neither.
    pub help: String,
}

impl SettingsMistake {
    /// Returns the setting as a person would name it, such as `attempts` or `list[0].name`.
    pub fn key(&self) -> String {
        key(&self.path)
    }
}

/// Returns a path as a person would name it.
pub(super) fn key(path: &[Step]) -> String {
    let mut key = String::new();
    for step in path {
        match step {
            Step::Item(index) => key.push_str(&format!("[{index}]")),
            Step::Key(name) => {
                if !key.is_empty() {
                    key.push('.');
                }
                key.push_str(&sanitise(name, KEY_CHARS_MAX));
            }
        }
    }
    key
}

impl fmt::Display for SettingsMistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let SettingsMistake {
            path,
            message,
            help,
        } = self;
        if !path.is_empty() {
            write!(f, "{}: ", key(path))?;
        }
        f.write_str(message)?;
        if !help.is_empty() {
            write!(f, " ({help})")?;
        }
        Ok(())
    }
}

/// Why settings cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum SettingsError {
    /// The schema itself is at fault.
    #[error("the gate's settings schema cannot be used: {0}")]
    Schema(String),
    /// The settings are.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Settings(Vec<SettingsMistake>),
}
