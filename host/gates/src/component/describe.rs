//! What a gate says of itself, and the check of its settings against the schema it gave.

use serde_json::Value;

/// A gate's description of itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Description {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// What it does, in a sentence.
    pub summary: String,
    /// The JSON Schema (draft 2020-12) of its settings; any object where it gave none.
    pub settings: Value,
    /// What it would like to reach beside the revisions.
    pub origins: Vec<String>,
}

/// Everything that is wrong with settings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("; "))]
pub struct SettingsError(
    /// One sentence for each violation.
    pub Vec<String>,
);

/// The longest text of a description that is kept, in characters.
const TEXT_MAX: usize = 1_000;

/// Reads a description; unknown members are for later versions.
pub(crate) fn parse(text: &str) -> Result<(Description, jsonschema::Validator), String> {
    let value: Value =
        serde_json::from_str(text).map_err(|error| format!("it is not JSON ({error})"))?;
    let text = |key: &str| {
        let text = value.get(key).and_then(Value::as_str).unwrap_or_default();
        crate::call::sanitise::harmless(text, TEXT_MAX)
    };
    let name = text("name");
    if name.is_empty() {
        return Err("its \"name\" is missing".to_owned());
    }
    let settings = value
        .get("settings")
        .cloned()
        .unwrap_or_else(|| serde_json::json!({ "type": "object" }));
    let validator = jsonschema::draft202012::options()
        .build(&settings)
        .map_err(|error| format!("its settings schema is not one: {error}"))?;
    let origins = value.get("origins").and_then(Value::as_array);
    let origins = origins.into_iter().flatten().filter_map(Value::as_str);
    Ok((
        Description {
            name,
            version: text("version"),
            summary: text("summary"),
            settings,
            origins: origins
                .map(|origin| crate::call::sanitise::harmless(origin, 200))
                .collect(),
        },
        validator,
    ))
}

/// Checks settings and names every violation.
pub(crate) fn check(
    validator: &jsonschema::Validator,
    schema: &Value,
    settings: &Value,
) -> Result<(), SettingsError> {
    let problems: Vec<String> = validator
        .iter_errors(settings)
        .map(|error| {
            let at = error.instance_path().to_string();
            let at = match at.as_str() {
                "" => "settings".to_owned(),
                path => path.trim_start_matches('/').replace('/', "."),
            };
            let error = error.to_string();
            let known = match error.contains("dditional properties") {
                true => known(schema),
                false => String::new(),
            };
            crate::call::sanitise::harmless(&format!("{at}: {error}{known}"), TEXT_MAX)
        })
        .collect();
    match problems.is_empty() {
        true => Ok(()),
        false => Err(SettingsError(problems)),
    }
}

/// Names the known keys, for whoever wrote an unknown one.
fn known(schema: &Value) -> String {
    let properties = schema.get("properties").and_then(Value::as_object);
    let names: Vec<&str> = properties
        .into_iter()
        .flatten()
        .map(|(name, _)| name.as_str())
        .collect();
    format!(" (known are {})", names.join(", "))
}
