//! The JSON Schema of `lockgate.toml`: the shape and texts of the types in `file`, with the defaults from `defaults`.

use schemars::Schema;
use serde_json::json;

use super::defaults;
use super::file::File;

/// Returns the JSON Schema of the configuration.
pub(crate) fn schema() -> Schema {
    let mut schema = schemars::schema_for!(File);
    schema.insert(
        "$id".to_owned(),
        json!("urn:lockgate:schema:configuration:0.1"),
    );
    schema.insert(
        "title".to_owned(),
        json!("The configuration of lockgate (lockgate.toml)"),
    );
    for default in defaults::by_key() {
        let pointer = pointer(&schema, default.key);
        if let Some(property) = pointer.and_then(|pointer| schema.pointer_mut(&pointer)) {
            let described = property["description"].as_str().unwrap_or_default();
            let described = format!("{described} Default `{}`.", default.text());
            property["description"] = json!(described);
            property["default"] = default.value;
        }
    }
    schema
}

/// Returns the JSON Pointer of a key's schema, through the references to the schemas of sections.
fn pointer(schema: &Schema, key: &str) -> Option<String> {
    let mut pointer = String::new();
    for segment in key.split('.') {
        if let Some(reference) = schema.pointer(&pointer)?.get("$ref") {
            pointer = reference.as_str()?.trim_start_matches('#').to_owned();
        }
        pointer += &match segment {
            "*" => "/additionalProperties".to_owned(),
            name => format!("/properties/{name}"),
        };
    }
    Some(pointer)
}

#[cfg(test)]
mod tests {
    use super::super::read::parse;
    use super::*;

    #[test]
    fn schema_shows_every_default() {
        let schema = schema();
        for default in defaults::by_key() {
            let pointer = pointer(&schema, default.key).unwrap();
            let property = schema
                .pointer(&pointer)
                .unwrap_or_else(|| panic!("{} is not in the schema", default.key));
            assert_eq!(property["default"], default.value, "{}", default.key);
            let described = property["description"].as_str().unwrap();
            let text = format!("Default `{}`.", default.text());
            assert!(described.ends_with(&text), "{}: {described}", default.key);
        }
    }

    #[test]
    fn no_text_of_the_schema_repeats_a_default_by_hand() {
        let text = schemars::schema_for!(File).to_value().to_string();
        for by_hand in ["Default `", "default `", "Default 1", "Default 2"] {
            assert!(!text.contains(by_hand), "{by_hand}");
        }
    }

    #[test]
    fn every_default_can_be_written_into_the_file() {
        for default in defaults::by_key() {
            let key = default.key.replace('*', "smoke");
            let line = format!("{key} = {}", default.value);
            parse::<File>(default.key, &line).unwrap_or_else(|error| panic!("{line}: {error}"));
        }
    }

    #[test]
    fn folder_of_the_runs_is_below_the_state_folder() {
        assert_eq!(defaults::RUNS_DIR, format!("{}/runs", defaults::STATE_DIR));
    }
}
