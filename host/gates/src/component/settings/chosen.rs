//! The schemas that apply to one value as it is: beside those that always do, the branches of unions that fit, the side of
//! a condition that holds, and what the presence of a key adds.

use serde_json::{Map, Value};

use super::applied::Applied;
use super::document::{Document, Place};
use super::walk::{self, Walk};

/// Returns what of these schemas applies to a value.
pub(super) fn now<'s>(document: &'s Document, places: &[Place<'s>], value: &Value) -> Applied<'s> {
    let mut applied = Applied::always(document, places);
    let (mut index, mut others) = (0, Vec::new());
    // Each part that is added may have conditions of its own.
    while let Some(place) = applied.schemas.get(index).copied() {
        index += 1;
        let (first, rest) = conditional(&mut applied, document, place, value);
        for part in first {
            applied.add(document, part);
        }
        others.extend(rest);
    }
    for other in others {
        applied.add_also(document, other);
    }
    index = 0;
    while let Some(place) = applied.also.get(index).copied() {
        index += 1;
        let (first, rest) = conditional(&mut applied, document, place, value);
        for part in first.into_iter().chain(rest) {
            applied.add_also(document, part);
        }
    }
    applied
}

/// Returns what a schema adds for a value: what fills in defaults, and further branches of unions that fit.
fn conditional<'s>(
    applied: &mut Applied<'s>,
    document: &'s Document,
    place: Place<'s>,
    value: &Value,
) -> (Vec<Place<'s>>, Vec<Place<'s>>) {
    let (mut first, mut rest) = (Vec::new(), Vec::new());
    if let Some(condition) = place.part("if") {
        let holds = document.fits(condition, value);
        first.extend(place.part(if holds { "then" } else { "else" }));
        // It knows keys, and fills in nothing.
        rest.push(condition);
    }
    for (name, _) in value.as_object().into_iter().flatten() {
        first.extend(place.named("dependentSchemas", name));
    }
    for keyword in ["anyOf", "oneOf"] {
        let branches: Vec<Place<'s>> = place.listed(keyword).collect();
        let fitting = fitting(document, &branches, value);
        let is_undecided = fitting.is_empty() || (keyword == "oneOf" && fitting.len() > 1);
        if is_undecided {
            let unfit = Applied::always(document, &branches).schemas;
            applied.unfit.extend(unfit);
            continue;
        }
        let mut fitting = fitting.into_iter();
        first.extend(fitting.next());
        rest.extend(fitting);
    }
    (first, rest)
}

/// Returns the branches that a value fits, the best first: as it is, or else with the defaults of the branch.
fn fitting<'s>(document: &'s Document, branches: &[Place<'s>], value: &Value) -> Vec<Place<'s>> {
    let fits = |branch: &&Place<'s>| document.fits(**branch, value);
    let mut found: Vec<Place<'s>> = branches.iter().filter(fits).copied().collect();
    if found.is_empty() {
        let fits = |branch: &&Place<'s>| fits_with_defaults(document, **branch, value);
        found = branches.iter().filter(fits).copied().collect();
    }
    if let Some(object) = value.as_object() {
        found.sort_by_key(|branch| !knows_all(document, *branch, object));
    }
    found
}

fn fits_with_defaults<'s>(document: &'s Document, branch: Place<'s>, value: &Value) -> bool {
    let mut filled = value.clone();
    let walked = Walk::new(document, walk::always).over(&[branch], &mut filled);
    walked.is_ok() && document.fits(branch, &filled)
}

fn knows_all(document: &Document, branch: Place<'_>, object: &Map<String, Value>) -> bool {
    let applied = Applied::always(document, &[branch]);
    object.keys().all(|name| applied.knows(document, name))
}
