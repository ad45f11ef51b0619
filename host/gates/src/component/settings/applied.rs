//! The schemas that apply to one value: a schema itself, what it refers to and what it combines. Read `chosen.rs` for what
//! depends on the value.

use std::collections::BTreeSet;

use serde_json::Value;

use super::document::{Document, Place};

/// What applies to a value.
#[derive(Debug, Default)]
pub(super) struct Applied<'s> {
    /// The schemas, in order; the first that speaks of something decides.
    pub(super) schemas: Vec<Place<'s>>,
    /// Further branches of unions that fit. They know keys, and fill in nothing.
    pub(super) also: Vec<Place<'s>>,
    /// The branches of unions of which none fits.
    pub(super) unfit: Vec<Place<'s>>,
    seen: BTreeSet<usize>,
}

impl<'s> Applied<'s> {
    /// Returns what of these schemas applies whatever the value is.
    pub(super) fn always(document: &'s Document, places: &[Place<'s>]) -> Applied<'s> {
        let mut applied = Applied::default();
        for place in places {
            applied.add(document, *place);
        }
        applied
    }

    /// Adds a schema, what it refers to and what it combines.
    pub(super) fn add(&mut self, document: &'s Document, place: Place<'s>) {
        let found = self.combined(document, place);
        self.schemas.extend(found);
    }

    /// Adds a further branch that fits, likewise.
    pub(super) fn add_also(&mut self, document: &'s Document, place: Place<'s>) {
        let found = self.combined(document, place);
        self.also.extend(found);
    }

    /// Returns those of a schema, what it refers to and what it combines that are not here yet.
    fn combined(&mut self, document: &'s Document, place: Place<'s>) -> Vec<Place<'s>> {
        let mut found = Vec::new();
        let mut waiting = vec![place];
        while let Some(place) = waiting.pop() {
            if !place.0.is_object() || !self.seen.insert(place.identity()) {
                continue;
            }
            let parts: Vec<Place<'s>> = document
                .target(place)
                .into_iter()
                .chain(place.listed("allOf"))
                .collect();
            waiting.extend(parts.into_iter().rev());
            found.push(place);
        }
        found
    }

    /// Returns the schemas that know keys of the value, those of unions of which no branch fits included.
    pub(super) fn speaking(&self) -> impl Iterator<Item = Place<'s>> {
        let schemas = self.schemas.iter().chain(&self.also);
        schemas.chain(&self.unfit).copied()
    }

    /// Returns the names that are listed, in order.
    pub(super) fn names(&self) -> Vec<&'s str> {
        let listed = self.speaking().filter_map(|place| {
            let properties = place.keyword("properties")?.as_object()?;
            Some(properties.keys().map(String::as_str))
        });
        let mut seen = BTreeSet::new();
        listed.flatten().filter(|name| seen.insert(*name)).collect()
    }

    /// Returns the patterns of names that are listed.
    pub(super) fn patterns(&self) -> Vec<&'s str> {
        let listed = self.speaking().filter_map(|place| {
            let patterns = place.keyword("patternProperties")?.as_object()?;
            Some(patterns.keys().map(String::as_str))
        });
        listed.flatten().collect()
    }

    /// Returns whether a key is listed, matches a pattern that is, or is asked for.
    pub(super) fn knows(&self, document: &Document, name: &str) -> bool {
        let mut places = self.speaking();
        places.any(|place| {
            let named = ["properties", "dependentSchemas", "dependentRequired"];
            let required = place.keyword("required").and_then(Value::as_array);
            named
                .iter()
                .any(|keyword| place.named(keyword, name).is_some())
                || required.is_some_and(|names| names.iter().any(|required| required == name))
                || patterns(document, place, name).next().is_some()
        })
    }

    /// Returns the schemas of the value under a key.
    pub(super) fn of_key(&self, document: &Document, name: &str) -> Vec<Place<'s>> {
        let mut found = Vec::new();
        for place in &self.schemas {
            let begun = found.len();
            found.extend(place.named("properties", name));
            found.extend(patterns(document, *place, name));
            if found.len() == begun {
                found.extend(place.part("additionalProperties"));
            }
        }
        if found.is_empty() {
            let rest = self.schemas.iter();
            found.extend(rest.filter_map(|place| place.part("unevaluatedProperties")));
        }
        found
    }

    /// Returns the schemas of an item of a list.
    pub(super) fn of_item(&self, index: usize) -> Vec<Place<'s>> {
        let mut found = Vec::new();
        for place in &self.schemas {
            let first = place.listed("prefixItems").nth(index);
            found.extend(first.or_else(|| place.part("items")));
        }
        if found.is_empty() {
            let rest = self.schemas.iter();
            found.extend(rest.filter_map(|place| place.part("unevaluatedItems")));
        }
        found
    }

    /// Returns the first value of a keyword.
    pub(super) fn first(&self, keyword: &str) -> Option<&'s Value> {
        let mut schemas = self.schemas.iter();
        schemas.find_map(|place| place.keyword(keyword))
    }
}

/// Returns the schemas of the patterns that a name matches.
fn patterns<'s>(
    document: &Document,
    place: Place<'s>,
    name: &str,
) -> impl Iterator<Item = Place<'s>> {
    let patterns = place
        .keyword("patternProperties")
        .and_then(Value::as_object);
    let patterns = patterns.into_iter().flatten();
    patterns.filter_map(move |(pattern, _)| {
        let matches = document.matches(pattern, name);
        matches.then(|| place.named("patternProperties", pattern))?
    })
}
