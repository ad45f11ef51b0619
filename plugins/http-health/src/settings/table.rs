//! Reads a JSON object key by key, so that every refusal names the key and what to write instead.
//!
//! Written by hand, because a derived reader names its Rust types instead of what the operator should
//! write, and makes the component larger.

use serde_json::{Map, Value};

use super::error::SettingsError;

/// An object of the settings without unknown keys.
pub(super) struct Table<'json> {
    name: &'static str,
    object: &'json Map<String, Value>,
}

impl<'json> Table<'json> {
    /// Opens an object; `name` is empty for the outermost.
    pub(super) fn open(
        name: &'static str,
        value: &'json Value,
        known: &[&str],
    ) -> Result<Self, SettingsError> {
        let Value::Object(object) = value else {
            let name = if name.is_empty() { "settings" } else { name };
            return Err(SettingsError::refused(name, value, "a JSON object"));
        };
        let table = Self { name, object };
        match object.keys().find(|key| !known.contains(&key.as_str())) {
            None => Ok(table),
            Some(key) => {
                let key = table.full_name(key);
                Err(SettingsError::UnknownKey {
                    key,
                    known: known.join(", "),
                })
            }
        }
    }

    /// Opens an object within this one, if present.
    pub(super) fn inner(
        &self,
        key: &'static str,
        known: &[&str],
    ) -> Result<Option<Table<'json>>, SettingsError> {
        self.object
            .get(key)
            .map(|value| Table::open(key, value, known))
            .transpose()
    }

    pub(super) fn get(&self, key: &str) -> Option<&'json Value> {
        self.object.get(key)
    }

    /// Reads a value, if present; `wanted` describes the values that `convert` accepts.
    pub(super) fn read<T>(
        &self,
        key: &str,
        wanted: &str,
        convert: impl FnOnce(&Value) -> Option<T>,
    ) -> Result<Option<T>, SettingsError> {
        let Some(value) = self.object.get(key) else {
            return Ok(None);
        };
        match convert(value) {
            Some(converted) => Ok(Some(converted)),
            None => Err(SettingsError::refused(self.full_name(key), value, wanted)),
        }
    }

    /// Reads a whole number within the bounds, if present.
    pub(super) fn whole(
        &self,
        key: &str,
        low: u32,
        high: u32,
    ) -> Result<Option<u32>, SettingsError> {
        let wanted = format!("a whole number from {low} to {high}");
        self.read(key, &wanted, |value| {
            whole(value).filter(|number| (low..=high).contains(number))
        })
    }

    /// Returns the entries of an object with the operator's own keys; none if it is absent.
    pub(super) fn entries(
        &self,
        key: &str,
    ) -> Result<impl Iterator<Item = (&'json String, &'json Value)>, SettingsError> {
        let object = match self.object.get(key) {
            None => None,
            Some(Value::Object(object)) => Some(object),
            Some(value) => {
                return Err(SettingsError::refused(
                    self.full_name(key),
                    value,
                    "a JSON object",
                ));
            }
        };
        Ok(object.into_iter().flatten())
    }

    fn full_name(&self, key: &str) -> String {
        if self.name.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.name)
        }
    }
}

/// Converts a whole number, also when it is written as `3.0`, as JSON Schema does.
pub(super) fn whole(value: &Value) -> Option<u32> {
    if let Some(number) = value.as_u64() {
        return u32::try_from(number).ok();
    }
    let number = value.as_f64()?;
    let fits = number.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&number);
    fits.then_some(number as u32)
}

/// Converts a number above 0.
pub(super) fn positive(value: &Value) -> Option<f64> {
    value.as_f64().filter(|number| *number > 0.0)
}

/// Converts a string.
pub(super) fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// Converts a text or a list of texts; neither the list nor a text may be empty.
pub(super) fn texts(value: &Value) -> Option<Vec<String>> {
    let texts = match value {
        Value::Array(items) => items.iter().map(text).collect::<Option<Vec<_>>>()?,
        single => vec![text(single)?],
    };
    let usable = !texts.is_empty() && texts.iter().all(|text| !text.is_empty());
    usable.then_some(texts)
}

/// Converts `true` or `false`.
pub(super) fn truth(value: &Value) -> Option<bool> {
    value.as_bool()
}
