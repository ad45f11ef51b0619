//! Says what is wrong with settings: one sentence for each violation of the schema, about the value and what would fit.

use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind;
use serde_json::Value;

use super::applied::Applied;
use super::chosen;
use super::document::{Document, Place};
use super::fill::Filled;
use super::mistake::{MISTAKES_MAX, SettingsMistake, Step, key};
use super::sentence;
use super::union::{self, Meant};
use super::words::{described, description, meant, quoted, shown};

/// Adds every violation of the document by completed settings.
pub(super) fn explain_all(
    document: &Document,
    filled: &Filled,
    mistakes: &mut Vec<SettingsMistake>,
) {
    let errors = document.validator().iter_errors(&filled.value);
    let mut explanation = Explanation {
        document,
        value: &filled.value,
        mistakes,
    };
    let (names, others): (Vec<_>, Vec<_>) = errors.partition(|error| {
        matches!(
            error.kind(),
            ValidationErrorKind::AdditionalProperties { .. }
                | ValidationErrorKind::UnevaluatedProperties { .. }
        )
    });
    // A name may only seem unknown because what speaks of it has another mistake.
    for error in others.iter().chain(&names) {
        explanation.add(error);
    }
    for mistake in mistakes {
        let mut defaults = filled.defaults.iter();
        if defaults.any(|path| mistake.path.starts_with(path)) {
            mistake.message = format!(
                "the default of the gate does not fit the other settings: {}",
                mistake.message
            );
            mistake.help =
                "write a value of your own, and report it to the author of the gate".to_owned();
        }
    }
}

/// Adds one violation of a document by a value.
pub(super) fn explain(
    document: &Document,
    error: &ValidationError<'_>,
    value: &Value,
    mistakes: &mut Vec<SettingsMistake>,
) {
    Explanation {
        document,
        value,
        mistakes,
    }
    .add(error);
}

struct Explanation<'a> {
    document: &'a Document,
    /// The settings as a whole.
    value: &'a Value,
    mistakes: &'a mut Vec<SettingsMistake>,
}

impl<'a> Explanation<'a> {
    fn add(&mut self, error: &ValidationError<'_>) {
        let path = self.path(error.instance_path().as_str());
        match error.kind() {
            ValidationErrorKind::AdditionalProperties { unexpected }
            | ValidationErrorKind::UnevaluatedProperties { unexpected } => {
                self.add_names(&path, unexpected, error);
            }
            ValidationErrorKind::AnyOf { context }
            | ValidationErrorKind::OneOfNotValid { context } => {
                self.add_union(path, error, context);
            }
            ValidationErrorKind::Required { property } => {
                let name = property.as_str().unwrap_or_default().to_owned();
                let message = sentence::missing(self.document, &name, error);
                self.push(joined(&path, name), message, String::new());
            }
            ValidationErrorKind::PropertyNames { error: of_name } => {
                let name = of_name.instance().as_str().unwrap_or_default();
                let path = joined(&path, name.to_owned());
                let message = sentence::of(self.document, of_name);
                self.push(path, format!("its name is wrong: {message}"), String::new());
            }
            ValidationErrorKind::Enum { options } => {
                let message = sentence::of(self.document, error);
                let written = error.instance().as_str().unwrap_or_default();
                let help = values_meant(written, options.as_array().map_or(&[], Vec::as_slice));
                self.push(path, message, help);
            }
            _ => {
                let message = sentence::of(self.document, error);
                self.push(path, message, String::new());
            }
        }
    }

    /// Adds a mistake, unless it is there already.
    fn push(&mut self, path: Vec<Step>, message: String, help: String) {
        if self.mistakes.len() >= MISTAKES_MAX {
            return;
        }
        let about = self.about(&path);
        let help = match (help.is_empty(), about.is_empty()) {
            (_, true) => help,
            (true, false) => format!("{}: {about}", key(&path)),
            (false, false) => format!("{help} ({}: {about})", key(&path)),
        };
        let mistake = SettingsMistake {
            path,
            message,
            help,
        };
        if !self.mistakes.contains(&mistake) {
            self.mistakes.push(mistake);
        }
    }

    /// Adds the names that a schema does not allow, unless something better was said about them.
    fn add_names(&mut self, path: &[Step], names: &[String], error: &ValidationError<'_>) {
        let rest = self.document.at(error.schema_path().as_str());
        let allowed = rest.filter(|rest| rest.is_object());
        for name in names {
            let path = joined(path, name.clone());
            if self
                .mistakes
                .iter()
                .any(|mistake| mistake.path.starts_with(&path))
            {
                continue;
            }
            match (allowed, error.instance().get(name)) {
                (Some(schema), Some(value)) => {
                    let wanted = described(self.document, Place(schema));
                    self.push(
                        path,
                        format!("{} is not {wanted}", shown(value)),
                        String::new(),
                    );
                }
                _ => {
                    let known = sentence::beside(self.document, error).get("properties");
                    let known = known.and_then(Value::as_object).into_iter().flatten();
                    let known: Vec<&str> = known.map(|(name, _)| name.as_str()).collect();
                    let help = if known.is_empty() {
                        String::new()
                    } else {
                        let known = quoted(&known);
                        format!("as the other settings are, these may be here: {known}")
                    };
                    self.push(path, "not allowed here".to_owned(), help);
                }
            }
        }
    }

    fn add_union(
        &mut self,
        path: Vec<Step>,
        error: &ValidationError<'_>,
        branches: &[Vec<ValidationError<'static>>],
    ) {
        // A misspelt name may be all that keeps the value from fitting.
        let is_name_here = |mistake: &SettingsMistake| {
            mistake
                .path
                .split_last()
                .is_some_and(|(_, parent)| parent == path)
        };
        if self.mistakes.iter().any(is_name_here) {
            return;
        }
        match union::meant(error.instance(), error.instance_path(), branches) {
            Meant::Branch(errors) => {
                for error in errors {
                    self.add(error);
                }
            }
            Meant::Tag(place, values) => {
                let path = self.path(&place);
                let written = self.value.pointer(&place).unwrap_or(&Value::Null);
                let help = values_meant(written.as_str().unwrap_or_default(), &values);
                self.push(
                    path,
                    format!("{} is none of its values", shown(written)),
                    help,
                );
            }
            Meant::OneOf(indices) => {
                let wanted = sentence::branches(self.document, error);
                let wanted = indices.iter().filter_map(|index| wanted.get(*index));
                let wanted: Vec<&str> = wanted.map(String::as_str).collect();
                let value = shown(error.instance());
                let message = format!("{value} does not fit; write {}", wanted.join(", or "));
                self.push(
                    path,
                    sentence::with_condition(message, error),
                    String::new(),
                );
            }
        }
    }

    /// Returns what the schema says of the setting at a path.
    fn about(&self, path: &[Step]) -> String {
        match path {
            [] => String::new(),
            _ => description(&Applied::always(self.document, &self.places(path))),
        }
    }

    /// Returns the schemas of the setting at a path, in whatever branch.
    fn places(&self, path: &[Step]) -> Vec<Place<'a>> {
        let mut places = vec![self.document.root()];
        for (depth, step) in path.iter().enumerate() {
            let value = value_at(self.value, &path[..depth]);
            let applied = chosen::now(self.document, &places, value);
            let found = |applied: &Applied<'a>| match step {
                Step::Key(name) => applied.of_key(self.document, name),
                Step::Item(index) => applied.of_item(*index),
            };
            places = found(&applied);
            if places.is_empty() {
                places = found(&Applied::always(self.document, &applied.unfit));
            }
        }
        places
    }

    /// Returns the path that a JSON Pointer leads along.
    fn path(&self, pointer: &str) -> Vec<Step> {
        let mut at = Some(self.value);
        let mut path = Vec::new();
        for segment in pointer.split('/').skip(1) {
            let name = segment.replace("~1", "/").replace("~0", "~");
            let index = name
                .parse()
                .ok()
                .filter(|_| at.is_some_and(Value::is_array));
            at = match index {
                Some(index) => at.and_then(|list| list.get::<usize>(index)),
                None => at.and_then(|table| table.get(&name)),
            };
            path.push(index.map_or(Step::Key(name), Step::Item));
        }
        path
    }
}

fn joined(path: &[Step], name: String) -> Vec<Step> {
    let mut path = path.to_vec();
    path.push(Step::Key(name));
    path
}

fn value_at<'v>(value: &'v Value, path: &[Step]) -> &'v Value {
    let found = path.iter().try_fold(value, |value, step| match step {
        Step::Key(name) => value.get(name),
        Step::Item(index) => value.get(index),
    });
    found.unwrap_or(&Value::Null)
}

/// Returns the value that was probably meant, or all that fit.
fn values_meant(written: &str, values: &[Value]) -> String {
    let texts: Vec<&str> = values.iter().filter_map(Value::as_str).collect();
    if texts.len() == values.len() {
        let help = meant(written, &texts, |_| String::new());
        return help.replace("known here:", "it is one of");
    }
    let values: Vec<String> = values.iter().take(30).map(shown).collect();
    format!("it is one of {}", values.join(", "))
}
