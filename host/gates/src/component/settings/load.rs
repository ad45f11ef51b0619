//! The check of a schema's own defaults when a gate is loaded: one that breaks the schema is the fault of the gate, and
//! would else be shown to people as a mistake of theirs.

use serde_json::Value;

use super::document::{Document, Place};
use super::fill;
use super::mistake::{SettingsMistake, Step};
use super::words::shown;
use super::{explain, unknown};

/// Checks every default.
///
/// # Errors
/// At the first that does not fit: names the key and the default.
pub(super) fn check_defaults(document: &Document) -> Result<(), String> {
    let places = document.with_defaults()?;
    let mut values = Vec::new();
    for (pointer, place) in &places {
        let default = place.keyword("default").unwrap_or(&Value::Null);
        let filled = fill::fill(document, *place, default);
        let filled = filled.map_err(|mistake| fault(pointer, *place, &mistake))?;
        let unknown = unknown::find_below(document, *place, &filled.value);
        if let Some(mistake) = unknown.first() {
            return Err(fault(pointer, *place, mistake));
        }
        values.push(filled.value);
    }
    let values = Value::Array(values);
    let validator = document.validator_of_defaults();
    let error = validator.and_then(|validator| validator.iter_errors(&values).next());
    let mut mistakes = Vec::new();
    if let Some(error) = &error {
        explain::explain(document, error, &values, &mut mistakes);
    }
    let Some(mut mistake) = mistakes.into_iter().next() else {
        return Ok(());
    };
    let which = match mistake.path.first() {
        Some(Step::Item(index)) => places.get(*index),
        _ => None,
    };
    let Some((pointer, place)) = which else {
        return Err(format!("a default does not fit: {mistake}"));
    };
    mistake.path.remove(0);
    Err(fault(pointer, *place, &mistake))
}

fn fault(pointer: &str, place: Place<'_>, mistake: &SettingsMistake) -> String {
    let what = SettingsMistake {
        help: String::new(),
        ..mistake.clone()
    };
    let default = place.keyword("default").unwrap_or(&Value::Null);
    format!(
        "the default {} of its setting {} does not fit its own settings schema: {what}",
        shown(default),
        setting(pointer)
    )
}

/// Returns the setting that the schema at a pointer is about, as a person would name it.
fn setting(pointer: &str) -> String {
    let segments: Vec<&str> = pointer.split('/').skip(1).collect();
    let mut names = Vec::new();
    let mut index = 0;
    while let Some(segment) = segments.get(index) {
        if matches!(
            *segment,
            "properties" | "$defs" | "definitions" | "patternProperties"
        ) {
            index += 1;
            names.extend(segments.get(index).copied());
        }
        index += 1;
    }
    let names: Vec<String> = names
        .into_iter()
        .map(|name: &str| name.replace("~1", "/").replace("~0", "~"))
        .collect();
    crate::call::sanitise::sanitise(&format!("`{}`", names.join(".")), 200)
}
