//! The settings of a gate, checked against its schema and completed with the schema's defaults, so that no gate does either.
//!
//! Pure: knows no file and calls no component. [`complete`] is the whole of it: `document.rs` reads the schema, `applied.rs`
//! and `chosen.rs` say which of its parts apply to a value, `fill.rs` writes the defaults, `unknown.rs` finds keys that nothing speaks of,
//! and `explain.rs` says what is wrong in words for the person who wrote it.

mod applied;
mod chosen;
pub(crate) mod cost;
mod document;
mod explain;
mod fill;
pub(crate) mod list;
mod load;
pub(crate) mod mistake;
mod positions;
mod sentence;
mod union;
mod unknown;
mod walk;
mod words;

#[cfg(test)]
mod tests;

use serde_json::Value;

use self::document::Document;
use self::list::ListedSetting;
use self::mistake::SettingsError;

/// A settings schema that was read and found to be sound.
#[derive(Debug)]
pub struct SettingsSchema {
    document: Document,
}

impl SettingsSchema {
    /// Reads a schema (JSON Schema, draft 2020-12) and checks that each of its defaults fits.
    ///
    /// # Errors
    /// When it is no such schema, refers to another document, or has a default that breaks it: the fault of the gate.
    pub fn new(schema: &Value) -> Result<SettingsSchema, String> {
        let document = Document::read(schema)?;
        load::check_defaults(&document)?;
        Ok(SettingsSchema { document })
    }

    /// Returns the settings that the schema describes, in its order.
    pub fn list(&self) -> Vec<ListedSetting> {
        list::list(&self.document)
    }

    /// Returns settings with the schema's defaults where they have no value of their own.
    ///
    /// The defaults of properties are filled in at every depth of what is there: in objects within objects, in the items of
    /// lists, through `$ref` and `allOf`. A property without a default stays absent, even if properties inside of it have
    /// defaults: that it is absent may have a meaning of its own. A gate that wants it gives it the default `{}`. Of a union
    /// only the branch that fits fills in its defaults (of several the first that knows all the keys), of a condition only
    /// the side that holds, once the defaults that do not depend on conditions are there. A whole number that is written
    /// with a fraction of zero becomes a whole number.
    ///
    /// Completing what is complete changes nothing.
    ///
    /// # Errors
    /// When a value does not fit, something is missing, or a key is unknown: of an object whose schema lists names, every
    /// key that it does not list, unless it says `additionalProperties: true`.
    pub fn complete(&self, settings: &Value) -> Result<Value, SettingsError> {
        let filled = fill::fill(&self.document, self.document.root(), settings)
            .map_err(|mistake| SettingsError::Settings(vec![mistake]))?;
        let mut mistakes = unknown::find(&self.document, &filled.value);
        explain::explain_all(&self.document, &filled, &mut mistakes);
        if mistakes.is_empty() {
            Ok(filled.value)
        } else {
            Err(SettingsError::Settings(mistakes))
        }
    }
}

/// Reads a schema and completes settings by it. The result is plain data, so that another process can compute it.
///
/// # Errors
/// As for [`SettingsSchema::new`] and [`SettingsSchema::complete`].
pub fn complete(schema: &Value, settings: &Value) -> Result<Value, SettingsError> {
    let schema = SettingsSchema::new(schema).map_err(SettingsError::Schema)?;
    schema.complete(settings)
}
