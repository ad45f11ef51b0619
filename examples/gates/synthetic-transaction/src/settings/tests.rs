//! The settings and their schema say the same.

use serde_json::{Map, Value, json};

use super::Settings;
use crate::about::{SETTINGS_SCHEMA, describe};

fn schema() -> Value {
    serde_json::from_str(SETTINGS_SCHEMA).unwrap()
}

fn properties() -> Map<String, Value> {
    schema()["properties"].as_object().unwrap().clone()
}

#[test]
fn every_setting_has_a_description_and_the_default_of_the_gate() {
    let mut defaults = Map::new();
    for (name, property) in properties() {
        assert!(property["description"].is_string(), "{name}");
        defaults.insert(name, property["default"].clone());
    }
    let defaults = Value::Object(defaults).to_string();
    assert_eq!(Settings::parse(&defaults).unwrap(), Settings::default());
    assert_eq!(Settings::parse("{}").unwrap(), Settings::default());
}

#[test]
fn schema_and_gate_refuse_what_they_do_not_know() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    assert!(validator.is_valid(&json!({"item": "coffee", "quantity": 3})));
    for wrong in [json!({"itme": "tea"}), json!({"quantity": "1"}), json!([])] {
        assert!(!validator.is_valid(&wrong), "{wrong}");
    }
    assert!(!validator.is_valid(&json!({"budget-ms": 0})));
    let refusal = Settings::parse(r#"{"itme": "tea"}"#).unwrap_err();
    assert!(
        refusal.contains("itme") && refusal.contains("item"),
        "{refusal}"
    );
}

#[test]
fn description_has_the_members_of_the_contract() {
    let about: Value = serde_json::from_str(&describe()).unwrap();
    assert_eq!(about["name"], "synthetic-transaction");
    assert_eq!(about["settings"], schema());
    assert_eq!(about["origins"], json!([]));
    assert!(jsonschema::meta::is_valid(&about["settings"]));
}
