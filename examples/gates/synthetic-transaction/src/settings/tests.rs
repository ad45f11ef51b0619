//! The gate reads what its schema describes.

use serde_json::{Map, Value, json};

use super::Settings;
use crate::about::{SETTINGS_SCHEMA, describe};

fn schema() -> Value {
    serde_json::from_str(SETTINGS_SCHEMA).unwrap()
}

/// Returns settings as lockgate hands them over: with the defaults of the schema.
pub(crate) fn complete(written: &Value) -> Value {
    let mut settings = Map::new();
    for (name, property) in schema()["properties"].as_object().unwrap() {
        settings.insert(name.clone(), property["default"].clone());
    }
    settings.extend(written.as_object().unwrap().clone());
    Value::Object(settings)
}

#[test]
fn every_setting_has_a_description_and_a_default_that_the_gate_reads() {
    for (name, property) in schema()["properties"].as_object().unwrap() {
        assert!(property["description"].is_string(), "{name}");
    }
    let settings = Settings::parse(&complete(&json!({})).to_string()).unwrap();
    assert_eq!((settings.item.as_str(), settings.quantity), ("tea", 1));
}

#[test]
fn schema_refuses_what_it_does_not_know() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    assert!(validator.is_valid(&json!({"item": "coffee", "quantity": 3})));
    for wrong in [json!({"itme": "tea"}), json!({"quantity": "1"}), json!([])] {
        assert!(!validator.is_valid(&wrong), "{wrong}");
    }
    assert!(!validator.is_valid(&json!({"budget-ms": 0})));
}

#[test]
fn description_has_the_members_of_the_contract() {
    let about: Value = serde_json::from_str(&describe()).unwrap();
    assert_eq!(about["name"], "synthetic-transaction");
    assert_eq!(about["settings"], schema());
    assert_eq!(about["origins"], json!([]));
    assert!(jsonschema::meta::is_valid(&about["settings"]));
}
