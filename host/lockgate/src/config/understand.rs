//! Understands TOML as far as it can be: what is wrong is left out and listed, each mistake with its place. The rest is as
//! if the wrong keys were not there.

use std::ops::Range;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue, Deserializer};

use super::not_json::{self, NotJson};
use crate::mistake::{InFile, Mistake, Place, nearest};

/// The most mistakes that are listed: each costs one more look at the whole file.
const MISTAKES_MAX: usize = 50;

/// A file in TOML, with the place of every key and value.
#[derive(Debug, Clone, Default)]
pub(crate) struct Source {
    path: String,
    text: Arc<str>,
    values: Vec<PlacedValue>,
}

/// Where a value is.
#[derive(Debug, Clone)]
struct PlacedValue {
    /// Such as `rollout.stages[1].weight`.
    key: String,
    /// The name of the key itself; of an item in a list the item. No two values have the same.
    name: Range<usize>,
    /// What is shown of it: the value; of a table its name.
    shown: Range<usize>,
}

impl Source {
    /// Returns the text of the file, without the values that may be secrets; `None` where there is no file.
    pub(super) fn written(&self) -> Option<String> {
        (!self.path.is_empty()).then(|| crate::masked_text::masked(&self.text))
    }

    /// Returns where the value of a key is; [`Place::Nowhere`] for a key that the file does not have.
    pub(crate) fn place(&self, key: &str) -> Place {
        let found = self.values.iter().find(|value| value.key == key);
        found.map_or(Place::Nowhere, |value| self.at(value.shown.clone()))
    }

    /// Returns the key with this name.
    fn key_named(&self, name: &Range<usize>) -> Option<String> {
        let found = self.values.iter().find(|value| value.name == *name);
        found.map(|value| value.key.clone())
    }

    /// Says where a mistake in the value of a key is.
    pub(crate) fn placed(&self, mistake: Mistake) -> Mistake {
        let place = mistake.key.as_deref().map(|key| self.place(key));
        mistake.at(place.unwrap_or(Place::Nowhere))
    }

    fn at(&self, span: Range<usize>) -> Place {
        Place::File(Box::new(InFile {
            path: self.path.clone(),
            text: Arc::clone(&self.text),
            span,
        }))
    }
}

/// What was understood of a file.
pub(super) struct Understood<T> {
    /// `None` where too much is wrong.
    pub(super) value: Option<T>,
    pub(super) source: Source,
    pub(super) mistakes: Vec<Mistake>,
}

/// Understands a text. Of a text that is not TOML nothing is taken: what a parser guesses may name another app.
pub(super) fn understand<T: DeserializeOwned>(path: &str, text: &str) -> Understood<T> {
    let (mut table, errors) = DeTable::parse_recoverable(text);
    let mut source = Source {
        path: path.to_owned(),
        text: text.into(),
        values: Vec::new(),
    };
    if !errors.is_empty() {
        return Understood {
            value: None,
            mistakes: syntax_mistakes(&source, &errors),
            source,
        };
    }
    places(table.get_ref(), "", &mut source.values);
    let mut mistakes = refuse_what_json_has_not(table.get_mut(), &source);
    loop {
        let error = match T::deserialize(Deserializer::from(table.clone())) {
            Ok(value) => {
                mistakes.sort_by_key(|(start, _)| *start);
                return Understood {
                    value: Some(value),
                    source,
                    mistakes: mistakes.into_iter().map(|(_, mistake)| mistake).collect(),
                };
            }
            Err(error) => error,
        };
        let span = error.span().unwrap_or(0..0);
        let removed = remove(table.get_mut(), &span);
        let (message, help) = explain(error.message());
        let mistake = Mistake {
            place: source.at(span.clone()),
            key: removed.as_ref().and_then(|name| source.key_named(name)),
            message,
            help,
        };
        mistakes.push((span.start, mistake));
        if removed.is_none() || mistakes.len() >= MISTAKES_MAX {
            return Understood {
                value: None,
                source,
                mistakes: mistakes.into_iter().map(|(_, mistake)| mistake).collect(),
            };
        }
    }
}

/// Returns one mistake for each line at which the text stops being TOML: what follows on a line is a consequence.
fn syntax_mistakes(source: &Source, errors: &[toml::de::Error]) -> Vec<Mistake> {
    let mut mistakes = Vec::new();
    let mut lines = Vec::new();
    for error in errors.iter().take(MISTAKES_MAX) {
        let span = error.span().unwrap_or(0..0);
        let before = source.text.get(..span.start).unwrap_or_default();
        let line = before.matches('\n').count();
        if !lines.contains(&line) {
            lines.push(line);
            let message = error.message().trim_end().replace('\n', ", ");
            mistakes.push(Mistake::new(format!("not TOML: {message}")).at(source.at(span)));
        }
    }
    mistakes
}

/// Removes the values that JSON has not, and returns a mistake for each, with where it begins.
fn refuse_what_json_has_not(table: &mut DeTable<'_>, source: &Source) -> Vec<(usize, Mistake)> {
    let mut mistakes = Vec::new();
    for NotJson { span, reason } in not_json::find(table) {
        let written = source.text.get(span.clone()).unwrap_or_default();
        let removed = remove(table, &span);
        let mistake = Mistake {
            key: removed.and_then(|name| source.key_named(&name)),
            ..Mistake::new(format!("{written} {reason}"))
        };
        let mistake = mistake.with_help(format!("write it as a string: {written:?}"));
        mistakes.push((span.start, mistake.at(source.at(span))));
    }
    mistakes
}

/// Notes where each value is.
fn places(table: &DeTable<'_>, prefix: &str, found: &mut Vec<PlacedValue>) {
    for (name, value) in table {
        let key = joined(prefix, name.get_ref());
        // The span of a table is that of its header or of its braces; its name says more.
        let is_table = matches!(value.get_ref(), DeValue::Table(_));
        let shown = if is_table { name.span() } else { value.span() };
        found.push(PlacedValue {
            key: key.clone(),
            name: name.span(),
            shown,
        });
        places_in(value, &key, found);
    }
}

fn places_in(value: &Spanned<DeValue<'_>>, key: &str, found: &mut Vec<PlacedValue>) {
    match value.get_ref() {
        DeValue::Table(table) => places(table, key, found),
        DeValue::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                let key = format!("{key}[{index}]");
                found.push(PlacedValue {
                    key: key.clone(),
                    name: item.span(),
                    shown: item.span(),
                });
                places_in(item, &key, found);
            }
        }
        _ => {}
    }
}

/// Removes what an error with this span is about, and returns its name: the key with exactly this span, else the smallest
/// value around it.
fn remove(table: &mut DeTable<'_>, span: &Range<usize>) -> Option<Range<usize>> {
    remove_key(table, span).or_else(|| remove_value(table, span))
}

fn remove_key(table: &mut DeTable<'_>, span: &Range<usize>) -> Option<Range<usize>> {
    let key = table.iter().find(|(key, _)| key.span() == *span);
    if let Some(key) = key.map(|(key, _)| key.get_ref().clone().into_owned()) {
        table.remove(key.as_str());
        return Some(span.clone());
    }
    let mut values = table.iter_mut();
    values.find_map(|(_, value)| remove_key_in(value, span))
}

fn remove_key_in(value: &mut Spanned<DeValue<'_>>, span: &Range<usize>) -> Option<Range<usize>> {
    match value.get_mut() {
        DeValue::Table(table) => remove_key(table, span),
        DeValue::Array(items) => items.iter_mut().find_map(|item| remove_key_in(item, span)),
        _ => None,
    }
}

fn remove_value(table: &mut DeTable<'_>, span: &Range<usize>) -> Option<Range<usize>> {
    let mut around = None;
    for (key, value) in table.iter_mut() {
        if let Some(removed) = remove_inside(value, span) {
            return Some(removed);
        }
        if surrounds(&value.span(), span) {
            around = Some((key.get_ref().clone().into_owned(), key.span()));
        }
    }
    let (key, name) = around?;
    table.remove(key.as_str());
    Some(name)
}

/// Removes a part of a value; `None` where no part of it surrounds the span.
fn remove_inside(value: &mut Spanned<DeValue<'_>>, span: &Range<usize>) -> Option<Range<usize>> {
    let items = match value.get_mut() {
        DeValue::Table(table) => return remove_value(table, span),
        DeValue::Array(items) => items,
        _ => return None,
    };
    if let Some(removed) = items.iter_mut().find_map(|item| remove_inside(item, span)) {
        return Some(removed);
    }
    let name = items.iter().map(Spanned::span);
    let name = name.into_iter().find(|item| surrounds(item, span))?;
    let kept = items.iter().filter(|item| item.span() != name);
    *items = kept.cloned().collect();
    Some(name)
}

fn surrounds(outer: &Range<usize>, inner: &Range<usize>) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

/// Returns a key as it stands in a path.
pub(super) fn key_text(name: &str) -> String {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    if !name.is_empty() && name.chars().all(is_bare) {
        name.to_owned()
    } else {
        format!("{name:?}")
    }
}

fn joined(prefix: &str, key: &str) -> String {
    let key = key_text(key);
    if prefix.is_empty() {
        key
    } else {
        format!("{prefix}.{key}")
    }
}

/// Returns what serde complains about in our words, and what was probably meant.
fn explain(message: &str) -> (String, Option<String>) {
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    let Some((written, known)) = quoted.split_first() else {
        return (message.to_owned(), None);
    };
    if message.starts_with("unknown field") {
        return (
            "unknown key".to_owned(),
            Some(meant(written, known, "the keys here are")),
        );
    }
    if message.starts_with("unknown variant") {
        let help = meant(written, known, "it is one of");
        return (format!("{written:?} is none of its values"), Some(help));
    }
    if message.starts_with("missing field") {
        return (format!("`{written}` is missing"), None);
    }
    (message.to_owned(), None)
}

/// Returns what was probably meant, or all that is known.
pub(crate) fn meant(written: &str, known: &[&str], all: &str) -> String {
    match nearest(written, known.iter().copied()) {
        Some(name) => format!("did you mean `{name}`?"),
        None => format!("{all} `{}`", known.join("`, `")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::file::File;
    use super::*;

    fn mistakes(text: &str) -> String {
        let understood = understand::<File>("lockgate.toml", text);
        crate::mistake::Mistakes(understood.mistakes).to_string()
    }

    #[test]
    fn all_mistakes_are_found_at_once_each_with_its_line() {
        let text = "\
[app]
nme = \"shop\"
subscription = 5

[rollout]
stages = [10, \"x\", { bake = \"1m\" }, 100]
on-deadline = \"rollback\"
bake = \"soon\"

[gates.smoke]
allow = [{ origin = \"https://a.example\", heade = {} }]
";
        insta::assert_snapshot!("mistakes_of_a_file", mistakes(text));
        let rest = understand::<File>("lockgate.toml", text).value.unwrap();
        assert_eq!(rest.app, super::super::file::AppSection::default());
        assert_eq!(rest.rollout.stages.unwrap().len(), 2);
    }

    #[test]
    fn text_that_is_not_toml_is_shown_where_it_stops_to_be() {
        insta::assert_snapshot!(
            "not_toml",
            mistakes("[app]\nname = \"shop\nstate-dir = \"x\"\n[azure\n")
        );
    }
}
