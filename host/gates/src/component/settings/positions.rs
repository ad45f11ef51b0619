//! Every place of a schema document that holds a schema, and the references between them.

use std::collections::{BTreeMap, BTreeSet};

use percent_encoding::percent_decode_str;
use serde_json::Value;

/// How deep schemas of one and the same value may stand in each other. Far more than anybody writes by hand.
const NESTING_MAX: usize = 100;
/// Keywords whose value is an object of schemas.
const OBJECTS: [&str; 5] = [
    "$defs",
    "definitions",
    "properties",
    "patternProperties",
    "dependentSchemas",
];
/// Keywords whose value is a list of schemas.
const LISTS: [&str; 4] = ["allOf", "anyOf", "oneOf", "prefixItems"];
/// Keywords whose value is a schema.
const SINGLE: [&str; 10] = [
    "items",
    "contains",
    "additionalProperties",
    "propertyNames",
    "unevaluatedItems",
    "unevaluatedProperties",
    "if",
    "then",
    "else",
    "not",
];

/// What a document holds.
#[derive(Default)]
pub(super) struct Positions<'s> {
    /// Every schema, with the JSON Pointer to it.
    pub(super) schemas: Vec<(String, &'s Value)>,
    /// The pointers of anchors by their names.
    pub(super) anchors: BTreeMap<String, String>,
}

/// Finds everything that the root reaches by keywords and references.
///
/// # Errors
/// When the document refers to another one, to what it has not, or names a part of itself with an `$id`.
pub(super) fn find(root: &Value) -> Result<Positions<'_>, String> {
    let mut found = Positions::default();
    let mut seen = BTreeSet::new();
    let mut waiting = vec![String::new()];
    while !waiting.is_empty() {
        let begun = found.schemas.len();
        while let Some(pointer) = waiting.pop() {
            let Some(schema) = root.pointer(&pointer) else {
                return Err(format!("it refers to #{pointer}, which it has not"));
            };
            if seen.insert(pointer.clone()) {
                note(schema, pointer, &mut found, &mut waiting)?;
            }
        }
        // An anchor may stand behind the reference to it, so the references come after a whole round.
        for (_, schema) in &found.schemas[begun..] {
            for keyword in ["$ref", "$dynamicRef"] {
                if let Some(reference) = schema.get(keyword).and_then(Value::as_str) {
                    waiting.push(resolve(reference, &found.anchors)?);
                }
            }
        }
    }
    check_nesting(&found)?;
    Ok(found)
}

/// Refuses schemas that apply to a value because they apply to it, or because of too many others: whoever follows them
/// would never end, or run out of stack.
fn check_nesting(found: &Positions<'_>) -> Result<(), String> {
    let schemas: BTreeMap<&str, &Value> = found
        .schemas
        .iter()
        .map(|(pointer, schema)| (pointer.as_str(), *schema))
        .collect();
    let mut heights: BTreeMap<String, Option<usize>> = BTreeMap::new();
    for (pointer, _) in &found.schemas {
        let mut waiting = vec![(pointer.clone(), false)];
        while let Some((pointer, is_done)) = waiting.pop() {
            let Some(schema) = schemas.get(pointer.as_str()) else {
                continue;
            };
            let same = of_the_same_value(&pointer, schema, &found.anchors)?;
            if is_done {
                let height = |part: &String| heights.get(part).copied().flatten().unwrap_or(0);
                let height = same.iter().map(height).max().unwrap_or(0) + 1;
                if height > NESTING_MAX {
                    return Err(format!(
                        "its part #{pointer} has more than {NESTING_MAX} parts within each other for one value"
                    ));
                }
                heights.insert(pointer, Some(height));
                continue;
            }
            match heights.get(&pointer) {
                Some(Some(_)) => continue,
                Some(None) => {
                    return Err(format!(
                        "its part #{pointer} refers back to itself without a step into the value"
                    ));
                }
                None => {}
            }
            heights.insert(pointer.clone(), None);
            waiting.push((pointer, true));
            waiting.extend(
                same.into_iter()
                    .filter(|part| !matches!(heights.get(part), Some(Some(_))))
                    .map(|part| (part, false)),
            );
        }
    }
    Ok(())
}

/// Returns the pointers of the schemas that a schema applies to its own value.
fn of_the_same_value(
    pointer: &str,
    schema: &Value,
    anchors: &BTreeMap<String, String>,
) -> Result<Vec<String>, String> {
    let mut found = Vec::new();
    for keyword in ["$ref", "$dynamicRef"] {
        if let Some(reference) = schema.get(keyword).and_then(Value::as_str) {
            found.push(resolve(reference, anchors)?);
        }
    }
    for keyword in ["allOf", "anyOf", "oneOf"] {
        let count = schema
            .get(keyword)
            .and_then(Value::as_array)
            .map_or(0, Vec::len);
        found.extend((0..count).map(|index| format!("{pointer}/{keyword}/{index}")));
    }
    for keyword in ["if", "then", "else", "not"] {
        if schema.get(keyword).is_some() {
            found.push(format!("{pointer}/{keyword}"));
        }
    }
    let dependent = schema.get("dependentSchemas").and_then(Value::as_object);
    let names = dependent.into_iter().flatten().map(|(name, _)| name);
    found.extend(names.map(|name| format!("{pointer}/dependentSchemas/{}", escaped(name))));
    Ok(found)
}

fn note<'s>(
    schema: &'s Value,
    pointer: String,
    found: &mut Positions<'s>,
    waiting: &mut Vec<String>,
) -> Result<(), String> {
    if let Some(id) = schema.get("$id").and_then(Value::as_str) {
        return Err(format!(
            "its part #{pointer} has an $id of its own ({id}); refer to it by its place, such as #/$defs/name"
        ));
    }
    for keyword in ["$anchor", "$dynamicAnchor"] {
        if let Some(name) = schema.get(keyword).and_then(Value::as_str) {
            found.anchors.insert(name.to_owned(), pointer.clone());
        }
    }
    for keyword in OBJECTS {
        let schemas = schema.get(keyword).and_then(Value::as_object);
        let names = schemas.into_iter().flatten().map(|(name, _)| name);
        waiting.extend(names.map(|name| format!("{pointer}/{keyword}/{}", escaped(name))));
    }
    for keyword in LISTS {
        let schemas = schema.get(keyword).and_then(Value::as_array);
        let count = schemas.map_or(0, Vec::len);
        waiting.extend((0..count).map(|index| format!("{pointer}/{keyword}/{index}")));
    }
    for keyword in SINGLE {
        if schema.get(keyword).is_some() {
            waiting.push(format!("{pointer}/{keyword}"));
        }
    }
    found.schemas.push((pointer, schema));
    Ok(())
}

/// Returns the pointer that a reference within the document leads to.
///
/// # Errors
/// When it leads out of the document, or names an anchor that the document has not.
pub(super) fn resolve(
    reference: &str,
    anchors: &BTreeMap<String, String>,
) -> Result<String, String> {
    let Some(fragment) = reference.strip_prefix('#') else {
        return Err(format!(
            "it refers to {reference}, another document; put that under $defs, and refer to it as #/$defs/name"
        ));
    };
    let fragment = percent_decode_str(fragment).decode_utf8_lossy();
    if fragment.is_empty() || fragment.starts_with('/') {
        return Ok(fragment.into_owned());
    }
    let found = anchors.get(&*fragment).cloned();
    found.ok_or_else(|| format!("it refers to {reference}, which it has not"))
}

/// Returns a name as a segment of a JSON Pointer.
pub(super) fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
