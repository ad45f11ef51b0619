//! Every kind of rule that a schema can hold: a value that breaks it, and what is said then.

use serde_json::{Value, json};

/// A schema, a value that breaks it, and what is said.
pub(super) type Rule = (Value, Value, &'static [&'static str]);

/// Returns every kind of rule.
pub(super) fn rules() -> Vec<Rule> {
    [
        of_values(),
        of_texts(),
        of_lists(),
        of_tables(),
        of_choices(),
        of_unions(),
        of_tables_of_one_kind(),
    ]
    .concat()
}

fn of_values() -> Vec<Rule> {
    vec![
        (
            json!({ "type": "integer", "minimum": 1, "maximum": 9 }),
            json!("three"),
            &["a: \"three\" is not a whole number from 1 to 9"],
        ),
        (
            json!({ "type": ["string", "null"] }),
            json!(5),
            &["a: 5 is not a string or null"],
        ),
        (
            json!({ "type": "boolean" }),
            json!("yes"),
            &["a: \"yes\" is not true or false"],
        ),
        (
            json!({ "enum": ["fast", "slow"] }),
            json!("fats"),
            &["a: \"fats\" is none of its values (did you mean `fast`?)"],
        ),
        (
            json!({ "enum": ["fast", "slow"] }),
            json!("whatever"),
            &["a: \"whatever\" is none of its values (it is one of `fast`, `slow`)"],
        ),
        (
            json!({ "enum": [1,2,null] }),
            json!(3),
            &["a: 3 is none of its values (it is one of 1, 2, null)"],
        ),
        (
            json!({ "const": 3 }),
            json!(4),
            &["a: 4 is not 3, which it has to be"],
        ),
        (json!({ "minimum": 1 }), json!(0), &["a: 0 is less than 1"]),
        (
            json!({ "maximum": 9 }),
            json!(10),
            &["a: 10 is more than 9"],
        ),
        (
            json!({ "exclusiveMinimum": 0 }),
            json!(0),
            &["a: 0 is not more than 0"],
        ),
        (
            json!({ "exclusiveMaximum": 1.5 }),
            json!(1.5),
            &["a: 1.5 is not less than 1.5"],
        ),
    ]
}

fn of_texts() -> Vec<Rule> {
    vec![
        (json!({ "minLength": 1 }), json!(""), &["a: \"\" is empty"]),
        (
            json!({ "minLength": 3 }),
            json!("ab"),
            &["a: \"ab\" has fewer than 3 characters"],
        ),
        (
            json!({ "maxLength": 1 }),
            json!("ab"),
            &["a: \"ab\" has more than 1 character"],
        ),
        (
            json!({ "pattern": "^[0-9]+s$" }),
            json!("soon"),
            &["a: \"soon\" is not like ^[0-9]+s$"],
        ),
        (
            json!({ "pattern": "^x$", "writeOnly": true }),
            json!("s3cret"),
            &["a: the value is not like ^x$"],
        ),
        (
            json!({ "format": "date" }),
            json!("tomorrow"),
            &["a: \"tomorrow\" is not a date, such as 2026-01-31"],
        ),
        (
            json!({ "format": "uri" }),
            json!("shop"),
            &["a: \"shop\" is not a URL, such as https://api.example.com/path"],
        ),
    ]
}

fn of_lists() -> Vec<Rule> {
    vec![
        (
            json!({ "type": "object" }),
            json!([]),
            &["a: [] is not a table"],
        ),
        (
            json!({ "minItems": 1 }),
            json!([]),
            &["a: the list is empty"],
        ),
        (
            json!({ "minItems": 3 }),
            json!([1]),
            &["a: the list has fewer than 3 items"],
        ),
        (
            json!({ "maxItems": 1 }),
            json!([1, 2]),
            &["a: the list has more than 1 item"],
        ),
        (
            json!({ "uniqueItems": true }),
            json!([1, "x", "x"]),
            &["a: the list has \"x\" twice"],
        ),
        (
            json!({ "contains": { "type": "string" } }),
            json!([1]),
            &["a: no item of the list is a string"],
        ),
        (
            json!({ "contains": { "type": "string" }, "minContains": 2 }),
            json!(["x"]),
            &["a: the list has fewer than 2 items that are a string"],
        ),
        (
            json!({ "contains": { "type": "string" }, "maxContains": 1 }),
            json!(["x", "y"]),
            &["a: the list has more than 1 item that may be a string"],
        ),
        (
            json!({ "prefixItems": [{ "type": "string" },{ "type": "integer" }] }),
            json!(["x", "y"]),
            &["a[1]: \"y\" is not a whole number"],
        ),
        (
            json!({ "prefixItems": [true], "items": false }),
            json!([1, 2]),
            &["a[1]: the list has to end before this item"],
        ),
        (
            json!({ "prefixItems": [true], "unevaluatedItems": false }),
            json!([1, 2]),
            &["a: the list has more items than it may"],
        ),
        (
            json!({ "items": { "type": "string" } }),
            json!(["x", 5]),
            &["a[1]: 5 is not a string"],
        ),
    ]
}

fn of_tables() -> Vec<Rule> {
    vec![
        (
            json!({ "type": "array" }),
            json!({}),
            &["a: {} is not a list"],
        ),
        (json!({ "required": ["x"] }), json!({}), &["a.x: missing"]),
        (
            json!({ "dependentRequired": { "x": ["y"] } }),
            json!({ "x": 1 }),
            &["a.y: missing, and `x` needs it"],
        ),
        (
            json!({ "dependentSchemas": { "x": { "required": ["y"] } } }),
            json!({ "x": 1 }),
            &["a.y: missing, and `x` needs it"],
        ),
        (
            json!({ "properties": { "path": { "description": "The path." } }, "additionalProperties": false }),
            json!({ "pth": 1 }),
            &["a.pth: unknown setting (did you mean `path`? The path.)"],
        ),
        (
            json!({ "properties": { "path": {} } }),
            json!({ "colour": 1 }),
            &["a.colour: unknown setting (known here: `path`)"],
        ),
        (
            json!({ "properties": {} }),
            json!({ "colour": 1 }),
            &["a.colour: unknown setting (there are no settings here)"],
        ),
        (
            json!({ "patternProperties": { "^x-": {} } }),
            json!({ "y": 1 }),
            &["a.y: unknown setting (known here: names like `^x-`)"],
        ),
        (
            json!({ "additionalProperties": { "type": "string" } }),
            json!({ "x": 1 }),
            &["a.x: 1 is not a string"],
        ),
        (
            json!({ "properties": { "y": {} }, "unevaluatedProperties": { "type": "string" } }),
            json!({ "x": 1 }),
            &["a.x: 1 is not a string"],
        ),
        (
            json!({ "properties": { "x": false } }),
            json!({ "x": 1 }),
            &["a.x: not allowed here"],
        ),
        (
            json!({ "propertyNames": { "pattern": "^x" } }),
            json!({ "y": 1 }),
            &["a.y: its name is wrong: \"y\" is not like ^x"],
        ),
        (
            json!({ "minProperties": 1 }),
            json!({}),
            &["a: the table is empty"],
        ),
        (
            json!({ "maxProperties": 1 }),
            json!({ "x": 1, "y": 2 }),
            &["a: the table has more than 1 key"],
        ),
    ]
}

fn of_choices() -> Vec<Rule> {
    vec![
        (
            json!({ "multipleOf": 5 }),
            json!(7),
            &["a: 7 is not a multiple of 5"],
        ),
        (
            json!({ "allOf": [{ "properties": { "x": { "type": "string" } } }], "unevaluatedProperties": false }),
            json!({ "x": 1, "y": 1 }),
            &[
                "a.x: 1 is not a string",
                "a.y: unknown setting (did you mean `x`?)",
            ],
        ),
        (
            json!({ "allOf": [{ "properties": { "x": {} }, "additionalProperties": false },{ "properties": { "y": {} } }] }),
            json!({ "y": 1 }),
            &["a.y: not allowed here (as the other settings are, these may be here: `x`)"],
        ),
        (
            json!({ "not": { "type": "string" } }),
            json!("x"),
            &["a: \"x\" must not be a string"],
        ),
        (
            json!({ "not": { "required": ["x", "y"] } }),
            json!({ "x": 1, "y": 1 }),
            &["a: {\"x\":1,\"y\":1} must not be a table with `x` and `y`"],
        ),
        (
            json!({ "if": { "required": ["x"] }, "then": { "properties": { "y": { "maximum": 3 } } } }),
            json!({ "x": 1, "y": 5 }),
            &["a.y: 5 is more than 3, as the other settings are"],
        ),
        (
            json!({ "if": { "required": ["x"] }, "else": { "required": ["y"] } }),
            json!({}),
            &["a.y: missing, and the other settings need it"],
        ),
        (
            json!({ "allOf": [{ "minimum": 5 },{ "multipleOf": 2 }] }),
            json!(3),
            &["a: 3 is less than 5", "a: 3 is not a multiple of 2"],
        ),
        (
            json!({ "$ref": "#/$defs/s" }),
            json!(5),
            &["a: 5 is not a string"],
        ),
    ]
}

fn of_unions() -> Vec<Rule> {
    vec![
        (
            json!({ "anyOf": [{ "type": "integer", "minimum": 1 },{ "type": "string", "pattern": "^[0-9]+s$" }] }),
            json!("abc"),
            &[
                "a: \"abc\" does not fit; write a whole number of at least 1, or a string like ^[0-9]+s$",
            ],
        ),
        (
            json!({ "anyOf": [{ "title": "a code", "type": "integer" },{ "description": "A range. Lower end first.", "type": "null" }] }),
            json!("abc"),
            &["a: \"abc\" does not fit; write a code, or a range"],
        ),
        (
            json!({ "anyOf": [{ "type": "string" },{ "type": "array", "items": { "type": "integer", "minimum": 1 } }] }),
            json!([1, "x"]),
            &["a[1]: \"x\" is not a whole number of at least 1"],
        ),
        (
            json!({ "anyOf": [{ "type": "string" },table()] }),
            json!({ "y": 1 }),
            &["a.x: missing"],
        ),
        (
            json!({ "anyOf": [{ "type": "string" },table()] }),
            json!({ "x": 1, "z": 1 }),
            &["a.z: unknown setting (did you mean `x`?)"],
        ),
    ]
}

fn of_tables_of_one_kind() -> Vec<Rule> {
    vec![
        (
            json!({ "oneOf": [tagged("http", "path"),tagged("tcp", "port")] }),
            json!({ "kind": "udp", "port": 1 }),
            &["a.kind: \"udp\" is none of its values (it is one of `http`, `tcp`)"],
        ),
        (
            json!({ "oneOf": [tagged("http", "path"),tagged("tcp", "port")] }),
            json!({ "kind": "tcp", "port": "x" }),
            &["a.port: \"x\" is not a whole number"],
        ),
        (
            json!({ "oneOf": [tagged("http", "path"),tagged("tcp", "port")] }),
            json!({ "kidn": "tcp", "port": 1 }),
            &["a.kidn: unknown setting (did you mean `kind`?)"],
        ),
        (
            json!({ "oneOf": [tagged("http", "path"),tagged("tcp", "port")] }),
            json!({ "port": 1 }),
            &[
                "a: {\"port\":1} does not fit; write a table with `kind` = \"http\" and `path`, or a table with `kind` = \"tcp\" and `port`",
            ],
        ),
        (
            json!({ "oneOf": [tagged("http", "path"),tagged("tcp", "port")] }),
            json!({ "kind": "tcp", "port": 1, "path": 1 }),
            &[
                "a.path: not allowed here (as the other settings are, these may be here: `kind`, `port`)",
            ],
        ),
        (
            json!({ "oneOf": [{ "required": ["x"] },{ "required": ["y"] }] }),
            json!({ "x": 1, "y": 1 }),
            &[
                "a: {\"x\":1,\"y\":1} fits more than one of these, and must fit only one: a table with `x`; a table with `y`",
            ],
        ),
        (
            json!({ "oneOf": [{ "type": "integer" },{ "maximum": 5 }] }),
            json!(3),
            &[
                "a: 3 fits more than one of these, and must fit only one: a whole number; a number of at most 5",
            ],
        ),
    ]
}

/// Returns the schema of one of several kinds of table, closed in itself.
fn tagged(kind: &str, key: &str) -> Value {
    json!({
        "type": "object",
        "properties": { "kind": { "const": kind }, key: { "type": "integer" } },
        "required": ["kind", key],
        "additionalProperties": false,
    })
}

fn table() -> Value {
    json!({ "properties": { "x": { "const": 1 }, "y": {} }, "required": ["x"] })
}
