//! Reads the members of a JSON object that lockgate has checked and completed.
//!
//! Written by hand, because a derived reader makes the component larger.

use serde_json::{Map, Value};

use super::error::SettingsError;

/// An object of the settings.
pub(super) struct Table<'json> {
    name: &'static str,
    object: Option<&'json Map<String, Value>>,
}

impl<'json> Table<'json> {
    /// Opens an object; `name` is empty for the outermost.
    pub(super) fn new(name: &'static str, value: &'json Value) -> Self {
        let object = value.as_object();
        Self { name, object }
    }

    /// Opens an object within this one, if present.
    pub(super) fn inner(&self, key: &'static str) -> Option<Table<'json>> {
        self.get(key).map(|value| Table::new(key, value))
    }

    pub(super) fn get(&self, key: &str) -> Option<&'json Value> {
        self.object?.get(key)
    }

    pub(super) fn text(&self, key: &str) -> Result<String, SettingsError> {
        let text = self.get(key).and_then(Value::as_str);
        text.map(str::to_owned).ok_or_else(|| self.incomplete(key))
    }

    pub(super) fn truth(&self, key: &str) -> Result<bool, SettingsError> {
        let truth = self.get(key).and_then(Value::as_bool);
        truth.ok_or_else(|| self.incomplete(key))
    }

    pub(super) fn number(&self, key: &str) -> Result<f64, SettingsError> {
        let number = self.get(key).and_then(Value::as_f64);
        number.ok_or_else(|| self.incomplete(key))
    }

    pub(super) fn whole(&self, key: &str) -> Result<u32, SettingsError> {
        let number = self.get(key).and_then(Value::as_u64);
        let number = number.and_then(|number| u32::try_from(number).ok());
        number.ok_or_else(|| self.incomplete(key))
    }

    /// Reads a text or a list of texts; none if it is absent.
    pub(super) fn texts(&self, key: &str) -> Vec<String> {
        let items = match self.get(key) {
            Some(Value::Array(items)) => items.as_slice(),
            Some(single) => std::slice::from_ref(single),
            None => &[],
        };
        let texts = items.iter().filter_map(Value::as_str);
        texts.map(str::to_owned).collect()
    }

    /// Returns the entries of an object with the operator's own keys; none if it is absent.
    pub(super) fn entries(
        &self,
        key: &str,
    ) -> impl Iterator<Item = (&'json String, &'json Value)> + use<'json> {
        let object = self.get(key).and_then(Value::as_object);
        object.into_iter().flatten()
    }

    pub(super) fn incomplete(&self, key: &str) -> SettingsError {
        let key = match self.name {
            "" => key.to_owned(),
            name => format!("{name}.{key}"),
        };
        SettingsError::Incomplete { key }
    }
}
