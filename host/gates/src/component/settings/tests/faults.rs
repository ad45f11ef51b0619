//! Schemas that are at fault themselves.

use serde_json::{Value, json};

use super::super::mistake::SettingsError;
use super::super::{SettingsSchema, complete};

fn fault(schema: &Value) -> String {
    SettingsSchema::new(schema).expect_err("the schema is sound")
}

#[test]
fn default_that_breaks_the_schema_names_the_key_and_the_default() {
    for (schema, expected) in [
        (
            json!({ "properties": { "attempts": { "type": "integer", "minimum": 1, "default": 0 } } }),
            "the default 0 of its setting `attempts` does not fit its own settings schema: 0 is less than 1",
        ),
        (
            json!({ "properties": { "a": { "properties": { "b": { "enum": ["x"], "default": "y" } } } } }),
            "the default \"y\" of its setting `a.b` does not fit its own settings schema: \"y\" is none of its values",
        ),
        (
            json!({ "properties": { "a": { "properties": { "b": {} }, "default": { "c": 1 } } } }),
            "the default {\"c\":1} of its setting `a` does not fit its own settings schema: c: unknown setting",
        ),
        (
            json!({ "$defs": { "p": { "type": "string", "default": 5 } }, "properties": { "p": { "$ref": "#/$defs/p" } } }),
            "the default 5 of its setting `p` does not fit its own settings schema: 5 is not a string",
        ),
        (
            json!({ "properties": { "a": { "items": { "type": "string" }, "default": ["x", 5] } } }),
            "the default [\"x\",5] of its setting `a` does not fit its own settings schema: [1]: 5 is not a string",
        ),
    ] {
        assert_eq!(fault(&schema), expected);
    }
}

#[test]
fn default_that_is_completed_by_others_is_sound() {
    let schema = json!({ "properties": { "a": { "default": {}, "required": ["b"], "properties": { "b": { "default": 1 } } } } });
    assert_eq!(
        complete(&schema, &json!({})),
        Ok(json!({ "a": { "b": 1 } }))
    );
}

#[test]
fn defaults_without_end_are_refused() {
    let once = json!({ "$ref": "#/$defs/node", "$defs": { "node": { "properties": { "child": { "$ref": "#/$defs/node", "default": {} } } } } });
    let twice = json!({ "properties": { "a": { "$ref": "#", "default": {} }, "b": { "$ref": "#", "default": {} } } });
    for schema in [once, twice] {
        let fault = fault(&schema);
        assert!(fault.contains("hold themselves, and never end"), "{fault}");
    }
}

#[test]
fn defaults_that_multiply_are_refused_before_they_fill_the_memory() {
    // Ten in each of ten levels, and a large one in the last.
    let mut defs = serde_json::Map::new();
    for level in 0..10 {
        let next = json!({ "$ref": format!("#/$defs/l{}", level + 1), "default": {} });
        let properties: serde_json::Map<String, Value> = (0..10)
            .map(|index| (format!("p{index}"), next.clone()))
            .collect();
        defs.insert(format!("l{level}"), json!({ "properties": properties }));
    }
    let text = "x".repeat(1_000_000);
    defs.insert(
        "l10".to_owned(),
        json!({ "properties": { "text": { "default": text } } }),
    );
    let fault = fault(&json!({ "$ref": "#/$defs/l0", "$defs": defs }));
    assert!(fault.contains("more than can be filled in"), "{fault}");
}

#[test]
fn of_many_mistakes_the_first_are_listed() {
    let schema = json!({ "properties": { "list": { "items": { "type": "string" } } } });
    let numbers: Vec<usize> = (0..20_000).collect();
    let Err(SettingsError::Settings(mistakes)) = complete(&schema, &json!({ "list": numbers }))
    else {
        panic!("they are accepted");
    };
    assert_eq!(mistakes.len(), 50);
    let settings: serde_json::Map<String, Value> = (0..20_000)
        .map(|index| (format!("k{index}"), json!(1)))
        .collect();
    let Err(SettingsError::Settings(mistakes)) = complete(&schema, &Value::Object(settings)) else {
        panic!("they are accepted");
    };
    assert_eq!(mistakes.len(), 50);
}

#[test]
fn schema_that_refers_back_to_itself_for_one_value_is_refused() {
    for schema in [
        json!({ "$ref": "#" }),
        json!({ "$ref": "#/$defs/a", "$defs": { "a": { "$ref": "#/$defs/b" }, "b": { "$ref": "#/$defs/a" } } }),
        json!({ "anyOf": [{ "$ref": "#" }, { "$ref": "#/anyOf/0" }] }),
        json!({ "if": { "$ref": "#" }, "then": { "not": { "$ref": "#" } } }),
        json!({ "allOf": [{ "oneOf": [{ "$ref": "#" }] }], "unevaluatedProperties": false }),
        json!({ "$dynamicAnchor": "me", "dependentSchemas": { "a": { "$dynamicRef": "#me" } } }),
    ] {
        let fault = fault(&schema);
        assert!(
            fault.contains("refers back to itself without a step into the value"),
            "{fault}"
        );
    }
    let tree = json!({ "properties": { "left": { "$ref": "#" }, "right": { "$ref": "#" }, "n": { "default": 1 } } });
    assert_eq!(
        complete(&tree, &json!({ "left": {} })),
        Ok(json!({ "left": { "n": 1 }, "n": 1 }))
    );
}

/// Returns a chain of so many schemas that refer to the next one.
fn chain(length: usize) -> Value {
    let mut defs = serde_json::Map::new();
    for index in 0..length {
        defs.insert(
            format!("d{index}"),
            json!({ "$ref": format!("#/$defs/d{}", index + 1) }),
        );
    }
    defs.insert(
        format!("d{length}"),
        json!({ "properties": { "a": { "default": 1 } } }),
    );
    json!({ "$ref": "#/$defs/d0", "$defs": defs })
}

#[test]
fn chain_of_references_is_followed_and_does_not_exhaust_the_stack() {
    assert_eq!(complete(&chain(90), &json!({})), Ok(json!({ "a": 1 })));
    for length in [200, 100_000] {
        let fault = fault(&chain(length));
        assert!(
            fault.contains("more than 100 parts within each other"),
            "{fault}"
        );
    }
}

#[test]
fn schema_that_is_none_or_not_whole_is_refused() {
    for (schema, expected) in [
        (
            json!({ "type": "strin" }),
            "it is not a JSON Schema at #/type",
        ),
        (json!(5), "it is not a JSON Schema at #"),
        (
            json!({ "$ref": "https://example.com/other.json" }),
            "another document",
        ),
        (json!({ "$ref": "#/$defs/none" }), "#/$defs/none"),
        (
            json!({ "properties": { "a": { "$id": "https://example.com/a" } } }),
            "has an $id of its own",
        ),
        (
            json!({ "properties": { "a": { "pattern": "[" } } }),
            "it is not a JSON Schema",
        ),
    ] {
        let fault = fault(&schema);
        assert!(fault.contains(expected), "{fault}");
    }
    let named = json!({ "$id": "https://example.com/settings.json", "properties": { "a": { "$ref": "#/$defs/a" } }, "$defs": { "a": { "default": 1 } } });
    assert_eq!(complete(&named, &json!({})), Ok(json!({ "a": 1 })));
}
