//! JSON merge patch (RFC 7396), which ARM's PATCH applies to a document, and the filling in of
//! default members. Pure; knows nothing of apps.

use serde_json::{Map, Value};

/// Merges `patch` into `target`: objects are merged by member, null removes a member, and any other
/// value replaces the target.
pub(crate) fn merge_patch(target: &mut Value, patch: &Value) {
    let Value::Object(members) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(merged) = target else {
        return;
    };
    for (key, value) in members {
        if value.is_null() {
            // `remove` would move the last member into the gap.
            merged.shift_remove(key);
        } else {
            merge_patch(merged.entry(key.clone()).or_insert(Value::Null), value);
        }
    }
}

/// Returns `actual` with the members of `defaults` that it lacks, in the order of `defaults`.
/// A member that is present and null stays null.
pub(crate) fn with_defaults(defaults: Value, actual: &Value) -> Value {
    let (Value::Object(defaults), Value::Object(actual)) = (defaults, actual) else {
        return actual.clone();
    };
    let mut complete = Map::new();
    for (key, default) in defaults {
        let value = match actual.get(&key) {
            Some(present) => with_defaults(default, present),
            None => default,
        };
        complete.insert(key, value);
    }
    for (key, value) in actual {
        complete.entry(key.clone()).or_insert_with(|| value.clone());
    }
    Value::Object(complete)
}

#[cfg(test)]
mod tests;
