//! The check of settings against a gate's own schema, in words for the person who wrote them. Knows no file.

use std::fmt;

use jsonschema::error::ValidationErrorKind;
use serde_json::Value;

use crate::call::sanitise::sanitise;

/// The most of a text that comes from a schema or from settings, in characters.
const TEXT_CHARS_MAX: usize = 1_000;

/// One setting that breaks the schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsMistake {
    /// The setting, such as `attempts` or `list[0].name`; empty for the settings as a whole.
    pub key: String,
    /// What is wrong with it.
    pub message: String,
    /// What was written, where it is one of `known` that was probably meant.
    pub written: String,
    /// The names or values that the schema knows there; empty where it names none.
    pub known: Vec<String>,
}

impl fmt::Display for SettingsMistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.message)?;
        if !self.known.is_empty() {
            write!(f, " (known are {})", self.known.join(", "))?;
        }
        Ok(())
    }
}

/// Settings break the gate's schema.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
pub struct SettingsError(
    /// Every violation.
    pub Vec<SettingsMistake>,
);

/// Checks settings against a schema and names every violation.
pub(super) fn check(
    validator: &jsonschema::Validator,
    schema: &Value,
    settings: &Value,
) -> Result<(), SettingsError> {
    let errors = validator.iter_errors(settings);
    let mistakes: Vec<SettingsMistake> = errors
        .flat_map(|error| mistakes(&error, schema, settings))
        .collect();
    if mistakes.is_empty() {
        Ok(())
    } else {
        Err(SettingsError(mistakes))
    }
}

/// Returns what one violation means: one mistake for each unknown setting, else one.
fn mistakes(
    error: &jsonschema::ValidationError<'_>,
    schema: &Value,
    settings: &Value,
) -> Vec<SettingsMistake> {
    let pointer = error.instance_path().as_str();
    let key = key(pointer, settings);
    let value = shown(error.instance());
    let broken = schema.pointer(error.schema_path().as_str());
    let mistake = |message: String, known: Vec<String>| SettingsMistake {
        key: key.clone(),
        message: sanitise(&message, TEXT_CHARS_MAX),
        written: error.instance().as_str().unwrap_or_default().to_owned(),
        known,
    };
    vec![match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected }
        | ValidationErrorKind::UnevaluatedProperties { unexpected } => {
            let known = known_settings(schema, error.schema_path().as_str());
            return unexpected
                .iter()
                .map(|name| SettingsMistake {
                    key: joined(&key, name),
                    message: "unknown setting".to_owned(),
                    written: name.clone(),
                    known: known.clone(),
                })
                .collect();
        }
        ValidationErrorKind::Enum { options } => {
            let options = options.as_array().into_iter().flatten();
            mistake(
                format!("{value} is none of its values"),
                options.map(plain).collect(),
            )
        }
        ValidationErrorKind::Type { .. } => {
            let kinds = broken.map(kinds).unwrap_or_default();
            mistake(format!("{value} is not {kinds}"), Vec::new())
        }
        ValidationErrorKind::AnyOf { .. } | ValidationErrorKind::OneOfNotValid { .. } => {
            let fitting = broken.and_then(Value::as_array).into_iter().flatten();
            let fitting: Vec<String> = fitting.map(described).collect();
            mistake(
                format!("{value} does not fit; write {}", fitting.join(", or ")),
                Vec::new(),
            )
        }
        _ => mistake(error.to_string(), Vec::new()),
    }]
}

/// Returns the names that the schema knows beside the keyword at `pointer`.
fn known_settings(schema: &Value, pointer: &str) -> Vec<String> {
    let (parent, _) = pointer.rsplit_once('/').unwrap_or_default();
    let properties = schema
        .pointer(parent)
        .and_then(|parent| parent.get("properties")?.as_object());
    let names = properties.into_iter().flatten().map(|(name, _)| name);
    names.map(|name| sanitise(name, TEXT_CHARS_MAX)).collect()
}

/// Returns what a schema accepts, in words.
fn described(schema: &Value) -> String {
    if let Some(title) = schema.get("title").and_then(Value::as_str) {
        return title.to_owned();
    }
    if let Some(value) = schema.get("const") {
        return shown(value);
    }
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        let values: Vec<String> = values.iter().map(shown).collect();
        return values.join(" or ");
    }
    let mut words = schema.get("type").map(kinds).unwrap_or_default();
    for (keyword, word) in [
        ("pattern", "like"),
        ("format", "of the format"),
        ("minimum", "of at least"),
        ("maximum", "of at most"),
    ] {
        if let Some(limit) = schema.get(keyword) {
            words = format!("{words} {word} {}", plain(limit));
        }
    }
    if words.is_empty() {
        "what its description says".to_owned()
    } else {
        words
    }
}

/// Returns the value of `type` in words.
fn kinds(kind: &Value) -> String {
    let named = |kind: &Value| {
        let name = kind.as_str().unwrap_or_default();
        match name {
            "integer" => "a whole number".to_owned(),
            "array" => "a list".to_owned(),
            "object" => "a table".to_owned(),
            "boolean" => "true or false".to_owned(),
            "null" => "nothing".to_owned(),
            name => format!("a {name}"),
        }
    };
    match kind {
        Value::Array(kinds) => kinds.iter().map(named).collect::<Vec<_>>().join(" or "),
        kind => named(kind),
    }
}

/// Returns a value as a person would write it, cut where it is long.
fn shown(value: &Value) -> String {
    sanitise(&value.to_string(), 100)
}

fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| shown(value), |text| sanitise(text, 100))
}

/// Returns the setting that a JSON Pointer leads to.
fn key(pointer: &str, settings: &Value) -> String {
    let mut key = String::new();
    let mut at = Some(settings);
    for segment in pointer.split('/').skip(1) {
        let name = segment.replace("~1", "/").replace("~0", "~");
        if at.is_some_and(Value::is_array) {
            key.push_str(&format!("[{name}]"));
            at = at.and_then(|list| list.get(name.parse::<usize>().ok()?));
        } else {
            key = joined(&key, &name);
            at = at.and_then(|table| table.get(&name));
        }
    }
    key
}

fn joined(key: &str, name: &str) -> String {
    let name = sanitise(name, TEXT_CHARS_MAX);
    if key.is_empty() {
        name
    } else {
        format!("{key}.{name}")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_violation_is_a_sentence_about_the_value() {
        let schema = json!({
            "type": "object",
            "additionalProperties": false,
            "properties": {
                "path": { "type": "string" },
                "mode": { "enum": ["fast", "slow"] },
                "wait": { "anyOf": [{ "type": "integer", "minimum": 1 }, { "type": "string", "pattern": "^[0-9]+s$" }] },
                "list": { "type": "array", "items": {
                    "type": "object", "properties": { "name": {} }, "additionalProperties": false,
                } },
            },
        });
        let validator = jsonschema::draft202012::options().build(&schema).unwrap();
        let settings = json!({
            "pth": "/x", "path": 5, "mode": "fats", "wait": "abc", "list": [{ "name": 1 }, { "nam": 2 }],
        });
        let SettingsError(found) = check(&validator, &schema, &settings).unwrap_err();
        let mut found: Vec<String> = found.iter().map(ToString::to_string).collect();
        found.sort();
        assert_eq!(
            found,
            [
                "list[1].nam: unknown setting (known are name)",
                "mode: \"fats\" is none of its values (known are fast, slow)",
                "path: 5 is not a string",
                "pth: unknown setting (known are path, mode, wait, list)",
                "wait: \"abc\" does not fit; write a whole number of at least 1, or a string like ^[0-9]+s$",
            ]
        );
    }
}
