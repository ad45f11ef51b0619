//! Mistakes of people in files, flags and variables: where each one is, what is wrong, and what was probably meant. The
//! only type for them, so that all look the same. Finds none itself, and prints nothing.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use serde_json::{Value, json};

use crate::masked_text::masked;

/// A stretch of a file.
#[derive(Debug, Clone)]
pub(crate) struct InFile {
    /// The file's path, as given.
    pub(crate) path: String,
    /// The file's whole text.
    pub(crate) text: Arc<str>,
    /// The bytes of the text that the mistake is about.
    pub(crate) span: Range<usize>,
}

impl InFile {
    /// Returns line and column, counted from 1; the column in characters.
    fn position(&self) -> (usize, usize) {
        let before = self.text.get(..self.span.start).unwrap_or(&self.text);
        let line = before.rsplit('\n').next().unwrap_or_default();
        (before.matches('\n').count() + 1, line.chars().count() + 1)
    }
}

/// Where a mistake is.
#[derive(Debug, Clone)]
pub(crate) enum Place {
    /// In what is not there, or in several places at once.
    Nowhere,
    /// In a flag or a variable, by its name as a person types it.
    Given(String),
    /// In a file that cannot be read or is not text; with its path.
    WholeFile(String),
    /// In a file.
    File(Box<InFile>),
}

/// One mistake.
#[derive(Debug, Clone)]
pub(crate) struct Mistake {
    pub(crate) place: Place,
    /// The key in the file, such as `rollout.stages[1]`, where the mistake is about one.
    pub(crate) key: Option<String>,
    /// What is wrong, without the name of key, flag or file.
    pub(crate) message: String,
    /// What to write instead.
    pub(crate) help: Option<String>,
}

impl Mistake {
    /// Returns a mistake in a place that is not known yet.
    pub(crate) fn new(message: impl Into<String>) -> Mistake {
        Mistake {
            place: Place::Nowhere,
            key: None,
            message: message.into(),
            help: None,
        }
    }

    /// Returns a mistake in the value of a key.
    pub(crate) fn of_key(key: impl Into<String>, message: impl Into<String>) -> Mistake {
        Mistake {
            key: Some(key.into()),
            ..Mistake::new(message)
        }
    }

    /// Adds what to write instead.
    pub(crate) fn with_help(mut self, help: impl Into<String>) -> Mistake {
        self.help = Some(help.into());
        self
    }

    /// Says where the mistake is.
    pub(crate) fn at(mut self, place: Place) -> Mistake {
        self.place = place;
        self
    }

    /// Returns whether this is about the same key as another mistake, or about a part of it.
    pub(crate) fn is_about(&self, key: &str) -> bool {
        let within = |outer: &str, inner: &str| {
            inner
                .strip_prefix(outer)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        let own = self.key.as_deref();
        own.is_some_and(|own| within(own, key) || within(key, own))
    }

    /// Returns what is wrong in one line, with the name of what it is wrong with.
    fn title(&self) -> String {
        let name = match (&self.place, &self.key) {
            (Place::Given(name) | Place::WholeFile(name), _) => Some(name),
            (Place::File(_), key) => key.as_ref(),
            (Place::Nowhere, _) => None,
        };
        name.map_or_else(
            || self.message.clone(),
            |name| format!("{name}: {}", self.message),
        )
    }

    /// Returns the mistake as it is printed, beginning with `error: `.
    fn rendered(&self) -> String {
        let title = self.title();
        let mut group = Group::with_title(Level::ERROR.primary_title(&title));
        if let Place::File(place) = &self.place {
            let InFile { path, text, span } = &**place;
            let snippet = Snippet::source(masked(text))
                .path(path)
                .annotation(AnnotationKind::Primary.span(span.clone()));
            group = group.element(snippet);
        }
        if let Some(help) = &self.help {
            group = group.element(Level::HELP.message(help));
        }
        Renderer::plain().render(&[group])
    }

    fn as_json(&self) -> Value {
        let (mut file, mut line, mut column, mut given) = (None, None, None, None);
        match &self.place {
            Place::Nowhere => {}
            Place::Given(name) => given = Some(name),
            Place::WholeFile(path) => file = Some(path),
            Place::File(place) => {
                let position = place.position();
                file = Some(&place.path);
                (line, column) = (Some(position.0), Some(position.1));
            }
        }
        json!({
            "file": file, "line": line, "column": column, "given": given, "key": self.key,
            "message": self.message, "help": self.help,
        })
    }
}

/// Mistakes, in the order in which they are shown. Never empty where it is an error.
#[derive(Debug, Clone, Default)]
pub(crate) struct Mistakes(pub(crate) Vec<Mistake>);

impl Mistakes {
    /// Returns the list for machines.
    pub(crate) fn as_json(&self) -> Value {
        self.0.iter().map(Mistake::as_json).collect()
    }
}

impl fmt::Display for Mistake {
    /// Writes the mistake as [`Mistakes`] would.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rendered = self.rendered();
        f.write_str(rendered.strip_prefix("error: ").unwrap_or(&rendered))
    }
}

impl std::error::Error for Mistake {}

impl From<Mistake> for Mistakes {
    fn from(mistake: Mistake) -> Mistakes {
        Mistakes(vec![mistake])
    }
}

impl fmt::Display for Mistakes {
    /// Writes all mistakes, each with its line of the file. The first begins without `error: `, as every error does.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all: Vec<String> = self.0.iter().map(Mistake::rendered).collect();
        let all = all.join("\n");
        f.write_str(all.strip_prefix("error: ").unwrap_or(&all))
    }
}

impl std::error::Error for Mistakes {}

/// Returns the name that was probably meant: the nearest of the known ones, where one is near.
pub(crate) fn nearest<'a>(
    written: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let written = written.to_lowercase();
    let nearest = known
        .into_iter()
        .map(|name| {
            (
                strsim::damerau_levenshtein(&written, &name.to_lowercase()),
                name,
            )
        })
        .min();
    let allowed = written.len().div_ceil(3).max(2);
    nearest
        .filter(|(distance, _)| *distance <= allowed)
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn position_counts_characters_from_one() {
        let place = InFile {
            path: "test".to_owned(),
            text: "a = 1\nö = \"é\" # x".into(),
            span: 11..15,
        };
        assert_eq!(place.position(), (2, 5));
    }

    #[test]
    fn mistake_is_about_a_key_and_its_parts() {
        let mistake = Mistake::of_key("rollout.stages[1]", "");
        for (key, is_about) in [
            ("rollout.stages", true),
            ("rollout.stages[1].weight", true),
            ("rollout.stages[10]", false),
            ("rollout.stage", false),
            ("rollout.stages-of", false),
        ] {
            assert_eq!(mistake.is_about(key), is_about, "{key}");
        }
    }

    #[test]
    fn nearest_name_is_one_that_is_near() {
        assert_eq!(nearest("pth", ["path", "port"]), Some("path"));
        assert_eq!(
            nearest("Rollback", ["freeze", "roll-back"]),
            Some("roll-back")
        );
        assert_eq!(nearest("colour", ["path", "port"]), None);
    }
}
