//! The gate reads what its schema describes.

use serde::Deserialize as _;
use serde_json::{Map, Value, json};

use super::Settings;
use crate::about::SETTINGS_SCHEMA;

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
    let settings = Settings::deserialize(complete(&json!({}))).unwrap();
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
fn schema_is_one() {
    assert!(jsonschema::meta::is_valid(&schema()));
}
