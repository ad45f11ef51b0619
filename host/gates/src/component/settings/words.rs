//! What a schema accepts, in words for the person who writes settings: no word of JSON Schema, and nothing that a gate says
//! unsanitised.

use serde_json::Value;

use super::applied::Applied;
use super::document::{Document, Place};
use crate::call::sanitise::sanitise;

/// The most of a text that comes from a schema, in characters.
const TEXT_CHARS_MAX: usize = 300;
/// The most of a value that is shown, in characters.
const VALUE_CHARS_MAX: usize = 100;
/// The most names or values that are listed.
const LISTED_MAX: usize = 30;
/// How far schemas within schemas are described.
const DEPTH_MAX: usize = 4;

/// Returns a value as a person would write it, cut where it is long.
pub(super) fn shown(value: &Value) -> String {
    sanitise(&value.to_string(), VALUE_CHARS_MAX)
}

/// Returns a text of a schema, cut where it is long.
pub(super) fn text(text: &str) -> String {
    sanitise(text, TEXT_CHARS_MAX)
}

/// Returns what a schema says of the setting that it is for; empty where it says nothing.
pub(super) fn description(applied: &Applied<'_>) -> String {
    let said = |keyword| applied.first(keyword).and_then(Value::as_str);
    let said = said("description").or_else(|| said("title"));
    text(said.unwrap_or_default())
}

/// Returns the name that was probably meant with what is said about it, or else all of them.
pub(super) fn meant(written: &str, known: &[&str], about: impl Fn(&str) -> String) -> String {
    let distance =
        |name: &&str| strsim::damerau_levenshtein(&written.to_lowercase(), &name.to_lowercase());
    let nearest = known.iter().copied().min_by_key(distance);
    let allowed = written.chars().count().div_ceil(3);
    if let Some(name) = nearest.filter(|name| distance(name) <= allowed) {
        let about = about(name);
        let name = text(name);
        return if about.is_empty() {
            format!("did you mean `{name}`?")
        } else {
            format!("did you mean `{name}`? {about}")
        };
    }
    match known {
        [] => String::new(),
        _ => format!("known here: {}", quoted(known)),
    }
}

/// Returns names in backticks, the first of many.
pub(super) fn quoted(names: &[&str]) -> String {
    let mut listed: Vec<String> = names
        .iter()
        .take(LISTED_MAX)
        .map(|name| format!("`{}`", text(name)))
        .collect();
    if names.len() > LISTED_MAX {
        listed.push(format!("and {} more", names.len() - LISTED_MAX));
    }
    listed.join(", ")
}

/// Returns what a schema accepts, as the gate names it or by its kind.
pub(super) fn described(document: &Document, place: Place<'_>) -> String {
    described_to(document, place, DEPTH_MAX)
}

fn described_to(document: &Document, place: Place<'_>, depth: usize) -> String {
    let applied = Applied::always(document, &[place]);
    for keyword in ["title", "description"] {
        if let Some(said) = applied.first(keyword).and_then(Value::as_str) {
            return as_phrase(said);
        }
    }
    let mut places = applied.schemas.iter();
    let words = places.find_map(|place| Some(accepted(place.0)).filter(|words| !words.is_empty()));
    if let Some(words) = words {
        let items = applied.schemas.iter().find_map(|place| place.part("items"));
        return match items.filter(|items| depth > 0 && words == "a list" && items.0.is_object()) {
            Some(items) => format!(
                "a list of items, each {}",
                described_to(document, items, depth - 1)
            ),
            None => words,
        };
    }
    let branches = applied.schemas.iter().flat_map(|place| {
        let any = place.listed("anyOf");
        any.chain(place.listed("oneOf"))
    });
    let branches: Vec<String> = match depth {
        0 => Vec::new(),
        _ => branches
            .map(|branch| described_to(document, branch, depth - 1))
            .collect(),
    };
    if branches.is_empty() {
        "what its description says".to_owned()
    } else {
        branches.join(", or ")
    }
}

/// Returns what a text says first, to stand within a sentence.
fn as_phrase(said: &str) -> String {
    let first = said.split_inclusive(". ").next().unwrap_or(said);
    let first = text(first.trim().trim_end_matches('.'));
    let mut characters = first.chars();
    match (characters.next(), characters.next()) {
        (Some(one), Some(two)) if one.is_uppercase() && !two.is_uppercase() => {
            one.to_lowercase().chain(first.chars().skip(1)).collect()
        }
        _ => first,
    }
}

/// Returns what a schema accepts by its own keywords; empty where they say nothing.
pub(super) fn accepted(schema: &Value) -> String {
    if let Some(value) = schema.get("const") {
        return shown(value);
    }
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        let values: Vec<String> = values.iter().take(LISTED_MAX).map(shown).collect();
        return values.join(" or ");
    }
    let has = |keywords: &[&str]| keywords.iter().any(|keyword| schema.get(keyword).is_some());
    match schema.get("type") {
        Some(Value::Array(kinds)) => {
            let kinds = kinds.iter().filter_map(Value::as_str);
            kinds
                .map(|name| kind(name, schema))
                .collect::<Vec<_>>()
                .join(" or ")
        }
        Some(name) => kind(name.as_str().unwrap_or_default(), schema),
        None if has(&["properties", "required"]) => kind("object", schema),
        None if has(&["items", "prefixItems", "minItems"]) => kind("array", schema),
        None if has(&["pattern", "format", "minLength"]) => kind("string", schema),
        None if has(&["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"]) => {
            kind("number", schema)
        }
        None => String::new(),
    }
}

fn kind(name: &str, schema: &Value) -> String {
    match name {
        "integer" => format!("a whole number{}", bounds(schema)),
        "number" => format!("a number{}", bounds(schema)),
        "string" => format!("a string{}", form(schema)),
        "array" => "a list".to_owned(),
        "object" => format!("a table{}", parts(schema)),
        "boolean" => "true or false".to_owned(),
        "null" => "null".to_owned(),
        name => format!("a {}", text(name)),
    }
}

fn bounds(schema: &Value) -> String {
    let bound = |keyword: &str| schema.get(keyword).map(shown);
    let mut words = match (bound("minimum"), bound("maximum")) {
        (Some(min), Some(max)) => format!(" from {min} to {max}"),
        (Some(min), None) => format!(" of at least {min}"),
        (None, Some(max)) => format!(" of at most {max}"),
        (None, None) => String::new(),
    };
    for (keyword, word) in [
        ("exclusiveMinimum", "above"),
        ("exclusiveMaximum", "below"),
        ("multipleOf", "in steps of"),
    ] {
        if let Some(limit) = bound(keyword) {
            words.push_str(&format!(" {word} {limit}"));
        }
    }
    words
}

fn form(schema: &Value) -> String {
    let said = |keyword: &str| schema.get(keyword).and_then(Value::as_str);
    match (said("pattern"), said("format")) {
        (Some(pattern), _) => format!(" like {}", text(pattern)),
        (None, Some(format)) => format!(" with {}", format_words(format)),
        (None, None) => String::new(),
    }
}

/// Returns the names that an object must have, with their values where there is only one.
fn parts(schema: &Value) -> String {
    let names = schema.get("required").and_then(Value::as_array);
    let names = names.into_iter().flatten().filter_map(Value::as_str);
    let part = |name: &str| {
        let only = schema
            .get("properties")
            .and_then(|all| all.get(name)?.get("const"));
        only.map_or_else(
            || format!("`{}`", text(name)),
            |value| format!("`{}` = {}", text(name), shown(value)),
        )
    };
    let parts: Vec<String> = names.map(part).collect();
    match parts.as_slice() {
        [] => String::new(),
        parts => format!(" with {}", parts.join(" and ")),
    }
}

/// Returns the name of a format with an example.
pub(super) fn format_words(format: &str) -> String {
    let words = match format {
        "date-time" => "a date with a time, such as 2026-01-31T12:00:00Z",
        "date" => "a date, such as 2026-01-31",
        "time" => "a time with a zone, such as 12:00:00Z",
        "duration" => "a duration, such as PT90S",
        "email" | "idn-email" => "an e-mail address",
        "hostname" | "idn-hostname" => "the name of a host, such as api.example.com",
        "ipv4" => "an IPv4 address, such as 192.0.2.1",
        "ipv6" => "an IPv6 address, such as 2001:db8::1",
        "uri" | "iri" => "a URL, such as https://api.example.com/path",
        "uri-reference" | "iri-reference" => "a URL, whole or relative",
        "uri-template" => "a URL with {names} in it",
        "uuid" => "a UUID, such as 123e4567-e89b-12d3-a456-426614174000",
        "json-pointer" | "relative-json-pointer" => "a path into JSON, such as /status",
        "regex" => "a regular expression",
        other => return format!("a text of the form {}", text(other)),
    };
    words.to_owned()
}
