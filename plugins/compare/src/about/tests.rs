//! The schema of the settings.

use serde_json::Value;

use super::SETTINGS_SCHEMA;

#[test]
fn settings_schema_is_valid_draft_2020_12_and_refuses_unknown_keys() {
    let schema: Value = serde_json::from_str(SETTINGS_SCHEMA).unwrap();
    assert_eq!(
        schema["$schema"],
        "https://json-schema.org/draft/2020-12/schema"
    );
    assert!(jsonschema::meta::is_valid(&schema));
    for place in [
        "",
        "/properties/prometheus",
        "/$defs/metric",
        "/$defs/metric/properties/tolerance",
    ] {
        let object = schema.pointer(place).unwrap();
        assert_eq!(object["additionalProperties"], false, "{place}");
        for (name, property) in object["properties"].as_object().unwrap() {
            assert!(
                property["description"].is_string(),
                "{place}/{name} has no description"
            );
        }
    }
}
