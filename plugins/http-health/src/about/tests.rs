//! The gate's description and the schema of its settings.

use serde_json::Value;

use super::describe;

fn described() -> Value {
    serde_json::from_str(&describe()).unwrap()
}

#[test]
fn description_has_the_members_of_the_contract_and_no_further_origin() {
    let about = described();
    let members: Vec<&String> = about.as_object().unwrap().keys().collect();
    assert_eq!(
        members,
        ["name", "version", "summary", "settings", "origins"]
    );
    assert_eq!(about["name"], "http-health");
    assert_eq!(about["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(about["origins"], Value::Array(Vec::new()));
    assert!(!about["summary"].as_str().unwrap().is_empty());
}

#[test]
fn settings_schema_is_valid_draft_2020_12_and_refuses_unknown_keys() {
    let schema = &described()["settings"];
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
    check("", &described()["settings"]);
}
