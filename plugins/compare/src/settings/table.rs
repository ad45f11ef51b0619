//! Reads the members of a JSON object, with a default for those that are absent.
//!
//! Written by hand, because a derived reader makes the component larger.

use std::ops::RangeInclusive;

use serde_json::{Map, Value};

use super::error::SettingsError;
use crate::words::about;

/// An object of the settings.
pub(super) struct Table<'json> {
    /// Its key with its parents and a dot, such as `metrics[0].`; empty for the outermost.
    prefix: String,
    object: &'json Map<String, Value>,
}

impl<'json> Table<'json> {
    /// Opens an object that has no other keys than these.
    pub(super) fn open(
        prefix: impl Into<String>,
        value: &'json Value,
        known: &[&str],
    ) -> Result<Table<'json>, SettingsError> {
        let prefix = prefix.into();
        let Some(object) = value.as_object() else {
            let key = prefix.trim_end_matches('.');
            let key = if key.is_empty() { "the whole" } else { key };
            return Err(SettingsError::refused(key, Some(value), "an object"));
        };
        let unknown = object
            .iter()
            .find(|(key, _)| !known.contains(&key.as_str()));
        if let Some((key, value)) = unknown {
            let wanted = format!("one of {}: this key is not known", known.join(", "));
            let key = format!("{prefix}{key}");
            return Err(SettingsError::refused(key, Some(value), wanted));
        }
        Ok(Table { prefix, object })
    }

    pub(super) fn get(&self, key: &str) -> Option<&'json Value> {
        self.object.get(key)
    }

    /// Returns a number of a range; the default where the key is absent.
    pub(super) fn number(
        &self,
        key: &str,
        range: RangeInclusive<f64>,
        default: f64,
    ) -> Result<f64, SettingsError> {
        let Some(value) = self.get(key) else {
            return Ok(default);
        };
        let number = value.as_f64().filter(|number| range.contains(number));
        number.ok_or_else(|| {
            let (from, to) = (about(*range.start()), about(*range.end()));
            self.refused(key, format!("a number from {from} to {to}"))
        })
    }

    /// Returns a whole number of a range; the default where the key is absent.
    pub(super) fn whole(
        &self,
        key: &str,
        range: RangeInclusive<u32>,
        default: u32,
    ) -> Result<u32, SettingsError> {
        let Some(value) = self.get(key) else {
            return Ok(default);
        };
        let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
        number
            .filter(|number| range.contains(number))
            .ok_or_else(|| {
                let (from, to) = (range.start(), range.end());
                self.refused(key, format!("a whole number from {from} to {to}"))
            })
    }

    /// Returns a text that is not empty; `None` where the key is absent.
    pub(super) fn text(&self, key: &str) -> Result<Option<&'json str>, SettingsError> {
        let Some(value) = self.get(key) else {
            return Ok(None);
        };
        match value.as_str().filter(|text| !text.is_empty()) {
            Some(text) => Ok(Some(text)),
            None => Err(self.refused(key, "a text that is not empty")),
        }
    }

    /// Returns one of these words; the first where the key is absent.
    pub(super) fn word(
        &self,
        key: &str,
        words: &[&'static str],
    ) -> Result<&'static str, SettingsError> {
        let text = self.text(key)?.unwrap_or(words[0]);
        let word = words.iter().find(|word| **word == text);
        word.copied()
            .ok_or_else(|| self.refused(key, format!("one of {}", words.join(", "))))
    }

    pub(super) fn refused(&self, key: &str, wanted: impl Into<String>) -> SettingsError {
        SettingsError::refused(format!("{}{key}", self.prefix), self.get(key), wanted)
    }
}
