//! Keys that nothing in a schema speaks of: a misspelt setting that silently does nothing is unsafe, so that an object is
//! closed as soon as its schema lists names, unless it says that it is open.

use serde_json::{Map, Value};

use super::applied::Applied;
use super::chosen;
use super::document::{Document, Place};
use super::mistake::{MISTAKES_MAX, SettingsMistake, Step};
use super::words::{description, meant, quoted};

/// Returns the unknown keys of settings.
pub(super) fn find(document: &Document, settings: &Value) -> Vec<SettingsMistake> {
    find_below(document, document.root(), settings)
}

/// Returns the unknown keys of a value, by the schema at a place.
pub(super) fn find_below<'s>(
    document: &'s Document,
    place: Place<'s>,
    value: &Value,
) -> Vec<SettingsMistake> {
    let mut search = Search {
        document,
        path: Vec::new(),
        found: Vec::new(),
    };
    search.look(&[place], value);
    search.found
}

struct Search<'s> {
    document: &'s Document,
    path: Vec<Step>,
    found: Vec<SettingsMistake>,
}

impl<'s> Search<'s> {
    fn look(&mut self, places: &[Place<'s>], value: &Value) {
        if places.is_empty() {
            return;
        }
        let applied = chosen::now(self.document, places, value);
        match value {
            Value::Object(object) => {
                self.note_unknown(&applied, object);
                for (name, value) in object {
                    let places = applied.of_key(self.document, name);
                    self.step(Step::Key(name.clone()), &places, value);
                }
            }
            Value::Array(items) => {
                for (index, value) in items.iter().enumerate() {
                    self.step(Step::Item(index), &applied.of_item(index), value);
                }
            }
            _ => {}
        }
    }

    fn step(&mut self, step: Step, places: &[Place<'s>], value: &Value) {
        self.path.push(step);
        self.look(places, value);
        self.path.pop();
    }

    fn note_unknown(&mut self, applied: &Applied<'s>, object: &Map<String, Value>) {
        if !is_closed(applied) {
            return;
        }
        for name in object.keys() {
            if self.found.len() >= MISTAKES_MAX || applied.knows(self.document, name) {
                continue;
            }
            let mut path = self.path.clone();
            path.push(Step::Key(name.clone()));
            let about = |known: &str| {
                let places = applied.of_key(self.document, known);
                description(&Applied::always(self.document, &places))
            };
            self.found.push(SettingsMistake {
                path,
                message: "unknown setting".to_owned(),
                help: known(name, applied, about),
            });
        }
    }
}

/// Returns what was probably meant, or else all that may be there.
fn known(name: &str, applied: &Applied<'_>, about: impl Fn(&str) -> String) -> String {
    let help = meant(name, &applied.names(), about);
    let patterns = applied.patterns();
    match (help.is_empty(), patterns.is_empty()) {
        (true, true) => "there are no settings here".to_owned(),
        (false, true) => help,
        (true, false) => format!("known here: names like {}", quoted(&patterns)),
        (false, false) => format!("{help}; and names like {}", quoted(&patterns)),
    }
}

/// Returns whether only names that are listed may be there.
fn is_closed(applied: &Applied<'_>) -> bool {
    let any = |keywords: &[&str], test: fn(&Value) -> bool| {
        applied.speaking().any(|place| {
            let mut keywords = keywords.iter();
            keywords.any(|keyword| place.keyword(keyword).is_some_and(test))
        })
    };
    let rest = ["additionalProperties", "unevaluatedProperties"];
    let is_false = |value: &Value| *value == Value::Bool(false);
    let is_open = |value: &Value| *value != Value::Bool(false);
    let lists = any(&["properties", "patternProperties"], |_| true);
    (lists || any(&rest, is_false)) && !any(&rest, is_open)
}
