//! What is refused, and in which words: one sentence for every kind of rule that a schema can hold. The settings are a table
//! with the key `a`, whose schema is given.

use serde_json::{Value, json};

use super::refused;
use super::rules::rules;

/// Returns the settings schema with this schema for `a`.
fn around(of_a: &Value) -> Value {
    json!({ "properties": { "a": of_a }, "$defs": { "s": { "type": "string" } } })
}

#[test]
fn every_kind_of_rule_has_a_sentence() {
    for (schema, value, expected) in rules() {
        let said = refused(&around(&schema), &json!({ "a": value }));
        assert_eq!(said, expected, "{schema} with {value}");
    }
}

/// The words of JSON Schema, which nobody who writes settings has to know.
const JARGON: [&str; 22] = [
    "anyOf",
    "oneOf",
    "allOf",
    "Of'",
    "schema",
    "pointer",
    "#/",
    "$ref",
    "$defs",
    "additional",
    "unevaluated",
    "propert",
    "instance",
    "valid",
    "keyword",
    "constraint",
    "array",
    "object",
    "integer",
    "boolean",
    "const ",
    "enum",
];

#[test]
fn no_sentence_has_a_word_of_json_schema() {
    for (schema, value, _) in rules() {
        for sentence in refused(&around(&schema), &json!({ "a": value })) {
            for word in JARGON {
                assert!(!sentence.contains(word), "{word:?} is in {sentence:?}");
            }
        }
    }
}

#[test]
fn description_of_the_setting_is_part_of_the_sentence() {
    let schema = json!({ "properties": {
        "attempts": { "description": "The most attempts in one call.", "type": "integer", "default": 3 },
        "mode": { "title": "How to ask", "enum": ["fast", "slow"] },
        "bound": { "required": ["max-ms"], "properties": { "max-ms": { "$ref": "#/$defs/ms" } } },
    }, "$defs": { "ms": { "description": "A time in milliseconds.", "type": "number" } } });
    let settings = json!({ "attempts": "three", "mode": "fats", "bound": {}, "atempts": 1 });
    assert_eq!(
        refused(&schema, &settings),
        [
            "atempts: unknown setting (did you mean `attempts`? The most attempts in one call.)",
            "attempts: \"three\" is not a whole number (attempts: The most attempts in one call.)",
            "bound.max-ms: missing (bound.max-ms: A time in milliseconds.)",
            "mode: \"fats\" is none of its values (did you mean `fast`? (mode: How to ask))",
        ]
    );
}

#[test]
fn object_is_open_where_it_says_so_or_lists_no_name() {
    for schema in [
        json!({ "properties": { "path": {} }, "additionalProperties": true }),
        json!({ "properties": { "path": {} }, "additionalProperties": {} }),
        json!({ "properties": { "path": {} }, "unevaluatedProperties": true }),
        json!({ "allOf": [{ "properties": { "path": {} } }], "additionalProperties": true }),
        json!({ "patternProperties": { "^p": {} } }),
        json!({ "properties": { "inner": { "type": "object" } }, "required": ["pth"] }),
        json!({ "type": "object" }),
        json!(true),
    ] {
        let settings = json!({ "pth": 1 });
        assert_eq!(
            super::completed(&schema, settings.clone()),
            settings,
            "{schema}"
        );
    }
}

#[test]
fn key_that_any_part_of_the_schema_lists_is_known() {
    let schema = json!({
        "properties": { "a": {} },
        "allOf": [{ "$ref": "#/$defs/b" }],
        "anyOf": [{ "properties": { "c": {} } }, { "properties": { "d": {} } }],
        "if": { "properties": { "e": { "const": 1 } } },
        "then": { "properties": { "f": {} } },
        "dependentSchemas": { "a": { "properties": { "g": {} } } },
        "dependentRequired": { "h": ["a"] },
        "$defs": { "b": { "properties": { "b": {} } } },
    });
    let all = json!({ "a": 1, "b": 1, "c": 1, "d": 1, "e": 1, "f": 1, "g": 1, "h": 1 });
    assert_eq!(super::completed(&schema, all.clone()), all);
    assert_eq!(refused(&schema, &json!({ "e": 2, "f": 1 })).len(), 1);
}

#[test]
fn text_of_the_gate_and_of_the_settings_controls_no_terminal() {
    let schema = json!({ "properties": { "a": { "description": "\u{1b}[2Jwipe", "enum": ["\u{7}x", "\u{7}y"] } } });
    let settings = json!({ "a": "\u{1b}]0;x", "\u{1b}[31mred": 1 });
    for sentence in refused(&schema, &settings) {
        assert!(!sentence.chars().any(char::is_control), "{sentence:?}");
    }
}
