//! Settings of all kinds against schemas of all kinds: `defaults` for what is filled in, `sentences` for what is refused and
//! in which words, `faults` for schemas that are wrong themselves.

mod defaults;
mod faults;
mod rules;
mod sentences;

use serde_json::{Value, json};

use super::complete;
use super::mistake::{SettingsError, SettingsMistake, Step};

/// Returns completed settings, and makes sure that completing them again changes nothing.
fn completed(schema: &Value, settings: Value) -> Value {
    let once = complete(schema, &settings).unwrap_or_else(|error| panic!("{settings}: {error}"));
    assert_eq!(complete(schema, &once).as_ref(), Ok(&once), "{settings}");
    once
}

/// Returns everything that is wrong, sorted, a line each.
fn refused(schema: &Value, settings: &Value) -> Vec<String> {
    match complete(schema, settings) {
        Err(SettingsError::Settings(mistakes)) => {
            let mut lines: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
            lines.sort();
            lines
        }
        other => panic!("{settings} against {schema}: {other:?}"),
    }
}

#[test]
fn result_is_plain_data_that_another_process_can_return() {
    let schema =
        json!({ "properties": { "a": { "type": "integer" } }, "additionalProperties": false });
    let refused = complete(&schema, &json!({ "a": "x", "b": [1] }));
    let text = serde_json::to_string(&refused).unwrap();
    let read: Result<Value, SettingsError> = serde_json::from_str(&text).unwrap();
    assert_eq!(read, refused);
    let fine = complete(&schema, &json!({ "a": 1 }));
    let text = serde_json::to_string(&fine).unwrap();
    assert_eq!(
        serde_json::from_str::<Result<Value, SettingsError>>(&text).unwrap(),
        fine
    );
    let fault = complete(&json!({ "type": 5 }), &json!({}));
    assert!(matches!(fault, Err(SettingsError::Schema(_))), "{fault:?}");
}

#[test]
fn mistake_says_where_it_is_step_by_step() {
    let schema = json!({ "properties": { "list": { "items": { "properties": { "a.b": { "type": "string" } } } } } });
    let Err(SettingsError::Settings(mistakes)) =
        complete(&schema, &json!({ "list": [{}, { "a.b": 1 }] }))
    else {
        panic!("it is accepted");
    };
    let [SettingsMistake { path, .. }] = &mistakes[..] else {
        panic!("{mistakes:?}");
    };
    let key = |name: &str| Step::Key(name.to_owned());
    assert_eq!(*path, [key("list"), Step::Item(1), key("a.b")]);
}

#[test]
fn thousand_settings_take_no_longer_than_they_have_to() {
    let names: Vec<String> = (0..2_000).map(|index| format!("setting-{index}")).collect();
    let property = json!({ "anyOf": [{ "type": "integer" }, { "type": "string" }], "default": 1 });
    let properties: serde_json::Map<String, Value> = names
        .iter()
        .map(|name| (name.clone(), property.clone()))
        .collect();
    let schema = json!({ "properties": properties });
    assert_eq!(
        completed(&schema, json!({})).as_object().unwrap().len(),
        2_000
    );
}
