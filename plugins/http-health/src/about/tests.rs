//! The schema of the settings.

use serde_json::Value;

use super::SETTINGS_SCHEMA;

fn schema() -> Value {
    serde_json::from_str(SETTINGS_SCHEMA).unwrap()
}

#[test]
fn settings_schema_is_valid_draft_2020_12_and_refuses_unknown_keys() {
    let schema = &schema();
    assert_eq!(
        schema["$schema"],
        "https://json-schema.org/draft/2020-12/schema"
    );
    assert!(jsonschema::meta::is_valid(schema));
    assert_eq!(schema["additionalProperties"], false);
    assert_eq!(
        schema["properties"]["latency"]["additionalProperties"],
        false
    );
    assert_eq!(
        schema["properties"]["compare"]["additionalProperties"],
        false
    );
}

#[test]
fn every_setting_is_described() {
    fn check(place: &str, schema: &Value) {
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            let place = format!("{place}/{name}");
            assert!(
                property["description"].is_string(),
                "{place} has no description"
            );
            check(&place, property);
        }
    }
    check("", &schema());
}
