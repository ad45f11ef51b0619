//! The settings that a schema describes, as a list for people: those of every branch and condition too.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::applied::Applied;
use super::document::{Document, Place};
use super::words::{accepted, description};
use crate::call::sanitise::sanitise;

/// How deep settings within settings are listed: a schema may refer to itself.
const DEPTH_MAX: usize = 4;
/// The most settings that are listed.
const LISTED_MAX: usize = 300;
/// The most of a name, a kind or a default that is listed, in characters.
const TEXT_CHARS_MAX: usize = 80;

/// A setting. All texts are sanitised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ListedSetting {
    /// Its name with those of the settings that it is in, such as `latency.max-ms` or `list[].name`.
    pub name: String,
    /// Whether it must be there, where what it is in is there.
    pub is_required: bool,
    /// What it accepts, such as "a whole number from 1 to 100".
    pub accepts: String,
    /// Its default as JSON; empty where it has none.
    pub default: String,
    /// What the gate says of it.
    pub description: String,
}

/// Returns the settings of a document in the order in which it lists them.
pub(super) fn list(document: &Document) -> Vec<ListedSetting> {
    let mut found = Vec::new();
    add(document, &[document.root()], "", DEPTH_MAX, &mut found);
    found.truncate(LISTED_MAX);
    found
}

fn add<'s>(
    document: &'s Document,
    places: &[Place<'s>],
    prefix: &str,
    depth: usize,
    found: &mut Vec<ListedSetting>,
) {
    let applied = everything(document, places);
    let sure = Applied::always(document, places);
    for name in applied.names() {
        if found.len() >= LISTED_MAX {
            return;
        }
        let schemas = |applied: &Applied<'s>| -> Vec<Place<'s>> {
            let schemas = applied.schemas.iter();
            let schemas = schemas.filter_map(|place| place.named("properties", name));
            schemas.collect()
        };
        let own = schemas(&applied);
        let full = sanitise(&format!("{prefix}{name}"), TEXT_CHARS_MAX);
        // A default that depends on other settings is for the description to tell.
        let default = Applied::always(document, &schemas(&sure));
        let default = default.first("default").map(Value::to_string);
        found.push(ListedSetting {
            name: full.clone(),
            is_required: requires(&sure, name),
            accepts: sanitise(&kinds(document, &own), TEXT_CHARS_MAX),
            default: sanitise(&default.unwrap_or_default(), TEXT_CHARS_MAX),
            description: description(&Applied::always(document, &own)),
        });
        if depth > 0 {
            add(document, &own, &format!("{full}."), depth - 1, found);
            let items: Vec<Place<'s>> = everything(document, &own)
                .schemas
                .iter()
                .filter_map(|place| place.part("items"))
                .collect();
            add(document, &items, &format!("{full}[]."), depth - 1, found);
        }
    }
}

fn requires(applied: &Applied<'_>, name: &str) -> bool {
    applied.schemas.iter().any(|place| {
        let names = place.keyword("required").and_then(Value::as_array);
        names.is_some_and(|names| names.iter().any(|required| required == name))
    })
}

/// Returns the kinds of value that some schemas accept: of one kind all that is known, of several the kinds alone.
fn kinds<'s>(document: &'s Document, places: &[Place<'s>]) -> String {
    let all = everything(document, places).schemas;
    let kinds = |keywords: &[&str]| {
        let mut kinds: Vec<String> = Vec::new();
        for place in &all {
            let schema = place.0.as_object().into_iter().flatten();
            let schema = schema.filter(|(keyword, _)| keywords.contains(&keyword.as_str()));
            let schema = schema.map(|(keyword, value)| (keyword.clone(), value.clone()));
            let kind = accepted(&Value::Object(schema.collect()));
            if !kind.is_empty() && !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
        kinds
    };
    // What a pattern wants is said better by the description.
    let whole = kinds(&[
        "type",
        "const",
        "enum",
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "multipleOf",
    ]);
    match whole.as_slice() {
        [] => "anything".to_owned(),
        [one] => one.clone(),
        _ => kinds(&["type", "const", "enum"]).join(" or "),
    }
}

/// Returns every schema of the same value as some: those of all branches and conditions.
fn everything<'s>(document: &'s Document, places: &[Place<'s>]) -> Applied<'s> {
    let mut applied = Applied::always(document, places);
    let mut index = 0;
    while let Some(place) = applied.schemas.get(index).copied() {
        index += 1;
        let mut parts: Vec<Place<'s>> = place.listed("anyOf").collect();
        parts.extend(place.listed("oneOf"));
        parts.extend(place.part("then"));
        parts.extend(place.part("else"));
        let dependent = place.keyword("dependentSchemas").and_then(Value::as_object);
        let names = dependent.into_iter().flatten();
        parts.extend(names.filter_map(|(name, _)| place.named("dependentSchemas", name)));
        for part in parts {
            applied.add(document, part);
        }
    }
    applied
}
