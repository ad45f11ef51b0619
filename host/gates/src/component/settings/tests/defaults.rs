//! Which defaults are filled in, and where.

use serde_json::{Value, json};

use super::{completed, refused};

/// Asserts, for each pair, what settings become.
fn becomes(schema: &Value, pairs: &[(Value, Value)]) {
    for (settings, expected) in pairs {
        assert_eq!(&completed(schema, settings.clone()), expected, "{settings}");
    }
}

#[test]
fn what_is_written_stays() {
    let schema =
        json!({ "properties": { "a": { "default": 1 }, "b": { "default": "x" }, "c": {} } });
    becomes(
        &schema,
        &[
            (json!({}), json!({ "a": 1, "b": "x" })),
            (
                json!({ "a": 2, "c": null }),
                json!({ "a": 2, "b": "x", "c": null }),
            ),
            (
                json!({ "a": null, "b": "x" }),
                json!({ "a": null, "b": "x" }),
            ),
        ],
    );
}

#[test]
fn default_satisfies_what_is_required() {
    let schema = json!({ "required": ["a"], "properties": { "a": { "default": 1 } } });
    becomes(&schema, &[(json!({}), json!({ "a": 1 }))]);
}

#[test]
fn objects_within_objects_are_completed_where_they_are_there() {
    let schema = json!({ "properties": {
        "left-out": { "properties": { "a": { "default": 1 } } },
        "wanted": { "default": {}, "properties": {
            "a": { "default": 1 },
            "inner": { "default": { "b": 2 }, "properties": { "b": {}, "c": { "default": 3 } } },
        } },
    } });
    let wanted = json!({ "a": 1, "inner": { "b": 2, "c": 3 } });
    becomes(
        &schema,
        &[
            // That it is absent may mean something: no bound, no comparison.
            (json!({}), json!({ "wanted": wanted })),
            (
                json!({ "left-out": {} }),
                json!({ "left-out": { "a": 1 }, "wanted": wanted }),
            ),
            (
                json!({ "wanted": { "inner": {} } }),
                json!({ "wanted": { "inner": { "c": 3 }, "a": 1 } }),
            ),
        ],
    );
}

#[test]
fn items_of_lists_are_completed() {
    let item = json!({ "properties": { "a": { "default": 1 } } });
    let schema = json!({ "properties": {
        "all": { "items": item },
        "pair": { "prefixItems": [item, { "properties": { "b": { "default": 2 } } }], "items": { "items": item } },
    } });
    becomes(
        &schema,
        &[
            (
                json!({ "all": [{}, { "a": 5 }, 7] }),
                json!({ "all": [{ "a": 1 }, { "a": 5 }, 7] }),
            ),
            (
                json!({ "pair": [{}, {}, [{}]] }),
                json!({ "pair": [{ "a": 1 }, { "b": 2 }, [{ "a": 1 }]] }),
            ),
        ],
    );
}

#[test]
fn references_and_combinations_are_followed() {
    let schema = json!({
        "$defs": {
            "port": { "type": "integer", "default": 80 },
            "named": { "$anchor": "here", "properties": { "name": { "default": "n" } } },
            "a/b c": { "properties": { "odd": { "default": true } } },
            "node": { "properties": { "label": { "default": "-" }, "next": { "$ref": "#/$defs/node" } } },
        },
        "properties": { "port": { "$ref": "#/$defs/port" }, "own": { "$ref": "#/$defs/port", "default": 81 }, "node": { "$ref": "#/$defs/node" } },
        "allOf": [{ "$ref": "#here" }, { "$ref": "#/$defs/a~1b%20c" }, { "properties": { "name": { "default": "late" } } }],
    });
    becomes(
        &schema,
        &[
            (
                json!({}),
                json!({ "port": 80, "own": 81, "name": "n", "odd": true }),
            ),
            (
                json!({ "port": 1, "own": 2, "name": "", "odd": 0, "node": { "next": { "next": {} } } }),
                json!({ "port": 1, "own": 2, "name": "", "odd": 0, "node": {
                "label": "-", "next": { "label": "-", "next": { "label": "-" } },
            } }),
            ),
        ],
    );
}

#[test]
fn of_a_union_only_the_branch_that_fits_is_filled_in() {
    let branch = |kind: &str, key: &str| json!({ "required": ["kind", key], "properties": { "kind": { "const": kind }, key: { "default": kind } } });
    for union in ["anyOf", "oneOf"] {
        let schema = json!({ union: [branch("http", "path"), branch("tcp", "port")] });
        becomes(
            &schema,
            &[
                (
                    json!({ "kind": "tcp" }),
                    json!({ "kind": "tcp", "port": "tcp" }),
                ),
                (
                    json!({ "kind": "http", "path": "/" }),
                    json!({ "kind": "http", "path": "/" }),
                ),
            ],
        );
    }
    // Both fit, as none of them closes itself: the one that knows the key is meant.
    let open = |key: &str| json!({ "properties": { key: {}, (key.to_owned() + "-more"): { "default": 1 } } });
    let schema = json!({ "anyOf": [open("a"), open("b")] });
    becomes(
        &schema,
        &[
            (json!({ "b": 0 }), json!({ "b": 0, "b-more": 1 })),
            (json!({ "a": 0 }), json!({ "a": 0, "a-more": 1 })),
        ],
    );
    let optional = json!({ "properties": { "a": { "anyOf": [{ "type": "object", "properties": { "x": { "default": 1 } } }, { "type": "null" }], "default": null } } });
    becomes(
        &optional,
        &[
            (json!({}), json!({ "a": null })),
            (json!({ "a": {} }), json!({ "a": { "x": 1 } })),
        ],
    );
}

#[test]
fn of_a_condition_only_the_side_that_holds_is_filled_in() {
    let schema = json!({
        "properties": { "mode": { "enum": ["fast", "slow"], "default": "slow" }, "wait": {}, "deep": { "default": false } },
        "if": { "properties": { "mode": { "const": "fast" } } },
        "then": { "properties": { "wait": { "default": 1 } } },
        "else": { "properties": { "wait": { "default": 60 } } },
        "dependentSchemas": {
            "wait": { "properties": { "unit": { "default": "s" } } },
            "absent": { "properties": { "never": { "default": 1 } } },
        },
    });
    becomes(
        &schema,
        &[
            (
                json!({}),
                json!({ "mode": "slow", "deep": false, "wait": 60, "unit": "s" }),
            ),
            (
                json!({ "mode": "fast" }),
                json!({ "mode": "fast", "deep": false, "wait": 1, "unit": "s" }),
            ),
            (
                json!({ "mode": "fast", "wait": 5, "unit": "ms" }),
                json!({ "mode": "fast", "wait": 5, "unit": "ms", "deep": false }),
            ),
        ],
    );
}

#[test]
fn values_under_names_of_the_operator_are_completed() {
    let entry = json!({ "properties": { "a": { "default": 1 } } });
    let schema = json!({ "properties": {
        "open": { "additionalProperties": entry },
        "x": { "patternProperties": { "^x-": entry } },
        "rest": { "properties": { "own": {} }, "unevaluatedProperties": entry },
    } });
    becomes(
        &schema,
        &[(
            json!({ "open": { "one": {} }, "x": { "x-1": {} }, "rest": { "own": {}, "two": {} } }),
            json!({ "open": { "one": { "a": 1 } }, "x": { "x-1": { "a": 1 } }, "rest": { "own": {}, "two": { "a": 1 } } }),
        )],
    );
}

#[test]
fn whole_number_with_a_fraction_of_zero_becomes_a_whole_number() {
    let schema = json!({ "properties": { "n": { "type": "integer" }, "x": { "type": "number" }, "any": {} } });
    let settings = completed(&schema, json!({ "n": 3.0, "x": 3.0, "any": 3.0 }));
    assert_eq!(settings.to_string(), r#"{"n":3,"x":3.0,"any":3.0}"#);
}

#[test]
fn numbers_that_only_some_languages_hold_are_kept_digit_by_digit() {
    let schema = json!({ "properties": { "id": { "type": "integer" } } });
    for text in [
        r#"{"id":9007199254740993}"#,
        r#"{"id":18446744073709551615}"#,
        r#"{"id":-9223372036854775808}"#,
    ] {
        let settings: Value = serde_json::from_str(text).unwrap();
        assert_eq!(completed(&schema, settings).to_string(), text);
    }
}

#[test]
fn default_that_breaks_another_setting_is_not_blamed_on_the_operator() {
    let schema = json!({
        "properties": { "most": { "type": "integer" }, "least": { "type": "integer", "default": 5 } },
        "if": { "properties": { "most": { "maximum": 3 } }, "required": ["most"] },
        "then": { "properties": { "least": { "maximum": 3 } } },
    });
    becomes(&schema, &[(json!({}), json!({ "least": 5 }))]);
    assert_eq!(
        refused(&schema, &json!({ "most": 2 })),
        [
            "least: the default of the gate does not fit the other settings: 5 is more than 3, as the other settings are \
          (write a value of your own, and report it to the author of the gate)"
        ]
    );
}
