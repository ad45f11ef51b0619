//! Whether a schema is surely cheap to check, so that it may be checked in this process. The others are checked in a process
//! whose time and memory are bounded. Pure, and itself bounded.

use serde_json::Value;

/// The most that a schema may cost here. The default gate's costs some two hundred.
const COST_MAX: u64 = 20_000;
/// The deepest that parts of a schema may lie within each other here, references unfolded.
const DEPTH_MAX: u32 = 40;
/// The largest schema that is checked here, in bytes.
const BYTES_MAX: usize = 256 << 10;
/// What a part within a choice costs more than the one around it: each choice is tried as it is and with its defaults.
const CHOICE: u64 = 4;
/// The longest pattern that is compiled here, in bytes, and the most of its repetitions.
const PATTERN_BYTES_MAX: usize = 500;

/// Keywords under which each part may or may not apply, so that all are tried.
const CHOICES: [&str; 8] = [
    "anyOf",
    "oneOf",
    "not",
    "if",
    "then",
    "else",
    "dependentSchemas",
    "contains",
];

/// Returns whether checking settings of an ordinary size by this schema takes milliseconds.
pub(crate) fn is_cheap(schema: &Value) -> bool {
    let mut left = COST_MAX;
    schema.to_string().len() <= BYTES_MAX && spend(schema, schema, 1, DEPTH_MAX, &mut left)
}

/// Takes the cost of a part from what is left; false when that is not enough, or a reference leads nowhere that is known here.
fn spend(root: &Value, part: &Value, factor: u64, depth: u32, left: &mut u64) -> bool {
    let Some(rest) = left.checked_sub(factor) else {
        return false;
    };
    *left = rest;
    if depth == 0 {
        return false;
    }
    match part {
        Value::Array(items) => items
            .iter()
            .all(|item| spend(root, item, factor, depth - 1, left)),
        Value::Object(members) => members.iter().all(|(key, value)| {
            let factor = if CHOICES.contains(&key.as_str()) {
                factor.saturating_mul(CHOICE)
            } else {
                factor
            };
            match (key.as_str(), value) {
                // They apply where something refers to them.
                ("$defs" | "definitions", _) => true,
                // A default or a constant may be large, and is only compared.
                ("default" | "const" | "enum" | "examples" | "description", value) => {
                    value.to_string().len() <= BYTES_MAX / 16
                }
                ("pattern", Value::String(pattern)) => is_cheap_pattern(pattern),
                ("patternProperties", Value::Object(patterns)) => {
                    patterns.keys().all(|pattern| is_cheap_pattern(pattern))
                        && spend(root, value, factor, depth - 1, left)
                }
                ("$ref", Value::String(reference)) => {
                    let target = reference.strip_prefix('#');
                    let target = target.and_then(|pointer| root.pointer(pointer));
                    target.is_some_and(|target| spend(root, target, factor, depth - 1, left))
                }
                ("$dynamicRef" | "$recursiveRef" | "$id" | "$anchor" | "$dynamicAnchor", _) => {
                    false
                }
                (_, value) => spend(root, value, factor, depth - 1, left),
            }
        }),
        _ => true,
    }
}

/// Patterns take linear time; only their size can be out of bounds, by repetitions within repetitions.
fn is_cheap_pattern(pattern: &str) -> bool {
    let repeats = pattern.matches('{').count();
    pattern.len() <= PATTERN_BYTES_MAX && repeats <= 4
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn ordinary_schema_is_cheap() {
        let schema = json!({
            "type": "object", "additionalProperties": false,
            "properties": {
                "path": { "type": "string", "pattern": "^/[!-~]*$", "default": "/health" },
                "status": { "anyOf": [{ "$ref": "#/$defs/status" }, { "type": "array", "items": { "$ref": "#/$defs/status" } }] },
            },
            "$defs": { "status": { "anyOf": [{ "type": "integer" }, { "type": "string" }] } },
        });
        assert!(is_cheap(&schema));
    }

    #[test]
    fn schema_that_grows_when_it_is_unfolded_is_not() {
        let mut defs = serde_json::Map::new();
        for level in 0..30 {
            let next = json!({ "$ref": format!("#/$defs/l{}", level + 1) });
            defs.insert(format!("l{level}"), json!({ "allOf": [next, next] }));
        }
        defs.insert("l30".to_owned(), json!({ "type": "object" }));
        assert!(!is_cheap(&json!({ "$ref": "#/$defs/l0", "$defs": defs })));
        let mut nested = json!({ "type": "string" });
        for _ in 0..20 {
            nested = json!({ "anyOf": [nested, { "type": "integer" }] });
        }
        assert!(!is_cheap(&nested));
        let itself = json!({ "properties": { "a": { "$ref": "#" } } });
        assert!(!is_cheap(&itself));
        assert!(!is_cheap(
            &json!({ "pattern": "((((a{100}){100}){100}){100}){100}" })
        ));
    }
}
