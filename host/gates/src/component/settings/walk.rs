//! One walk over a value that writes defaults into it. What applies at each place is the caller's to say.

use serde_json::{Number, Value};

use super::applied::Applied;
use super::document::{Document, Place};
use super::mistake::{SettingsMistake, Step};

/// The deepest that settings are completed. Defaults that hold themselves would never end.
const DEPTH_MAX: usize = 100;
/// The most values of one walk: defaults that hold themselves twice would double with every level.
const VALUES_MAX: usize = 100_000;
/// From here on a number with a fraction does not hold every whole number.
const EXACT_MAX: f64 = 9_007_199_254_740_992.0;

/// Says what of some schemas applies to a value.
pub(super) type Look = for<'s> fn(&'s Document, &[Place<'s>], &Value) -> Applied<'s>;

/// Sees what applies whatever the value is.
pub(super) fn always<'s>(document: &'s Document, places: &[Place<'s>], _: &Value) -> Applied<'s> {
    Applied::always(document, places)
}

/// A walk.
pub(super) struct Walk<'s> {
    document: &'s Document,
    look: Look,
    path: Vec<Step>,
    values: usize,
    /// Whether anything was changed.
    pub(super) changed: bool,
    /// Where defaults were written.
    pub(super) defaults: Vec<Vec<Step>>,
}

impl<'s> Walk<'s> {
    pub(super) fn new(document: &'s Document, look: Look) -> Walk<'s> {
        Walk {
            document,
            look,
            path: Vec::new(),
            values: 0,
            changed: false,
            defaults: Vec::new(),
        }
    }

    /// Writes the defaults of these schemas into a value.
    ///
    /// # Errors
    /// When the value is too deep or too large, which the defaults of a sound schema never make it.
    pub(super) fn over(
        &mut self,
        places: &[Place<'s>],
        value: &mut Value,
    ) -> Result<(), SettingsMistake> {
        // A value that no schema speaks of stays as it is, however deep it is.
        if places.is_empty() {
            return Ok(());
        }
        self.check_size()?;
        let applied = (self.look)(self.document, places, value);
        self.make_whole(&applied, value);
        match value {
            Value::Object(object) => {
                for name in applied.names() {
                    if object.contains_key(name) {
                        continue;
                    }
                    if let Some(default) = self.default_of(&applied, name) {
                        self.values += weight(default);
                        object.insert(name.to_owned(), default.clone());
                        self.changed = true;
                        let mut path = self.path.clone();
                        path.push(Step::Key(name.to_owned()));
                        self.defaults.push(path);
                    }
                }
                for (name, value) in object {
                    let places = applied.of_key(self.document, name);
                    self.step(Step::Key(name.clone()), &places, value)?;
                }
            }
            Value::Array(items) => {
                for (index, value) in items.iter_mut().enumerate() {
                    self.step(Step::Item(index), &applied.of_item(index), value)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn step(
        &mut self,
        step: Step,
        places: &[Place<'s>],
        value: &mut Value,
    ) -> Result<(), SettingsMistake> {
        self.path.push(step);
        self.over(places, value)?;
        self.path.pop();
        Ok(())
    }

    /// Returns the first default among the schemas of a key: its own, or of what it refers to or combines.
    fn default_of(&self, applied: &Applied<'s>, name: &str) -> Option<&'s Value> {
        let schemas = applied.schemas.iter();
        let mut own = schemas.filter_map(|place| place.named("properties", name));
        own.find_map(|place| {
            let first = place.keyword("default");
            first.or_else(|| Applied::always(self.document, &[place]).first("default"))
        })
    }

    /// Writes 3.0 as 3 where a whole number is wanted: a gate that reads whole numbers would refuse the former.
    fn make_whole(&mut self, applied: &Applied<'_>, value: &mut Value) {
        let mut schemas = applied.schemas.iter();
        let is_wanted = schemas.any(|place| place.keyword("type") == Some(&Value::from("integer")));
        let Some(number) = value.as_f64().filter(|_| is_wanted && value.is_f64()) else {
            return;
        };
        if number.fract() == 0.0 && number.abs() < EXACT_MAX {
            *value = Value::Number(Number::from(number as i64));
            self.changed = true;
        }
    }

    /// Refuses a value that grew out of all bounds.
    fn check_size(&mut self) -> Result<(), SettingsMistake> {
        self.values += 1;
        let is_too_deep = self.path.len() > DEPTH_MAX;
        if !is_too_deep && self.values <= VALUES_MAX {
            return Ok(());
        }
        let is_default = |path: &&Vec<Step>| self.path.starts_with(path);
        let what = match (self.defaults.iter().find(is_default), is_too_deep) {
            (Some(_), true) => "the defaults of the gate hold themselves, and never end",
            (Some(_), false) => "the defaults of the gate are more than can be filled in",
            (None, true) => "the settings are too deep to be completed",
            (None, false) => "the settings are too many to be completed",
        };
        Err(SettingsMistake {
            path: self.path.iter().take(3).cloned().collect(),
            message: what.to_owned(),
            help: String::new(),
        })
    }
}

/// Returns how much a default adds: the values in it, and for each hundred characters of text one more.
fn weight(default: &Value) -> usize {
    match default {
        Value::Object(object) => {
            let weights = object
                .iter()
                .map(|(name, value)| name.len() / 100 + weight(value));
            weights.sum::<usize>() + 1
        }
        Value::Array(items) => items.iter().map(weight).sum::<usize>() + 1,
        Value::String(text) => text.len() / 100 + 1,
        _ => 1,
    }
}
