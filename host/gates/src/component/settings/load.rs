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
    let with_default = |place: &Place<'_>| place.keyword("default").is_some();
    let mut places = document.places()?;
    places.retain(with_default);
    if places.is_empty() {
        return Ok(());
    }
    let mut values = Vec::new();
    for place in &places {
        let default = place.keyword("default").unwrap_or(&Value::Null);
        let filled = fill::fill(document, place.clone(), default);
        let filled = filled.map_err(|mistake| fault(place, default, &mistake))?;
        let unknown = unknown::find_below(document, place.clone(), &filled.value);
        if let Some(mistake) = unknown.first() {
            return Err(fault(place, default, mistake));
        }
        values.push(filled.value);
    }
    let validator = document.validator_of(&places)?;
    let values = Value::Array(values);
    let Some(error) = validator.iter_errors(&values).next() else {
        return Ok(());
    };
    let mut mistakes = Vec::new();
    explain::explain(document, &error, &values, &mut mistakes);
    let Some(mut mistake) = mistakes.into_iter().next() else {
        return Ok(());
    };
    let Some(Step::Item(index)) = mistake.path.first().cloned() else {
        return Err(format!(
            "a default of its settings schema does not fit: {mistake}"
        ));
    };
    mistake.path.remove(0);
    Err(fault(
        &places[index],
        places[index].keyword("default").unwrap_or(&Value::Null),
        &mistake,
    ))
}

fn fault(place: &Place<'_>, default: &Value, mistake: &SettingsMistake) -> String {
    let what = SettingsMistake {
        help: String::new(),
        ..mistake.clone()
    };
    format!(
        "the default {} of its setting {} does not fit its own settings schema: {what}",
        shown(default),
        setting(&place.pointer)
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
