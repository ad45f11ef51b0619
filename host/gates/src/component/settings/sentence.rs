//! The sentence about one value that breaks one rule of its schema.

use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind as Kind;
use serde_json::Value;

use super::document::{Document, Place};
use super::words::{accepted, described, format_words, shown, text};

/// Returns the sentence, which begins with the value or with what it is.
pub(super) fn of(document: &Document, error: &ValidationError<'_>) -> String {
    let sentence = match error.instance().as_ref() {
        Value::Array(items) => of_list(document, error, items),
        Value::Object(_) => of_table(error),
        _ => None,
    };
    let sentence = sentence.unwrap_or_else(|| of_any(document, error));
    with_condition(sentence, error)
}

/// Adds that a rule holds because of other settings.
pub(super) fn with_condition(sentence: String, error: &ValidationError<'_>) -> String {
    if is_conditional(error) {
        format!("{sentence}, as the other settings are")
    } else {
        sentence
    }
}

/// Returns what is said of a key that has to be there.
pub(super) fn missing(document: &Document, name: &str, error: &ValidationError<'_>) -> String {
    let path = error.evaluation_path().as_str();
    let by_presence = path.rsplit('/').nth(2) == Some("dependentSchemas");
    let needing = if by_presence {
        path.rsplit('/').nth(1).map(str::to_owned)
    } else {
        let needs = |(key, needed): (&String, &Value)| {
            let needed = needed.as_array()?;
            let is_needed = needed.iter().any(|needed| needed == name);
            (is_needed && error.instance().get(key).is_some()).then(|| key.clone())
        };
        let rule = document.at(error.schema_path().as_str());
        let rule = rule.and_then(Value::as_object);
        rule.into_iter().flatten().find_map(needs)
    };
    match needing {
        Some(key) => format!("missing, and `{}` needs it", text(&key)),
        None if is_conditional(error) => "missing, and the other settings need it".to_owned(),
        None => "missing".to_owned(),
    }
}

fn is_conditional(error: &ValidationError<'_>) -> bool {
    let mut segments = error.evaluation_path().as_str().split('/');
    segments.any(|segment| matches!(segment, "then" | "else" | "dependentSchemas"))
}

fn of_any(document: &Document, error: &ValidationError<'_>) -> String {
    let rule = beside(document, error);
    let is_secret = rule.get("writeOnly") == Some(&Value::Bool(true));
    let value = if is_secret {
        "the value".to_owned()
    } else {
        shown(error.instance())
    };
    match error.kind() {
        Kind::Type { .. } => format!("{value} is not {}", accepted(rule)),
        Kind::Enum { .. } => format!("{value} is none of its values"),
        Kind::Constant { expected_value } => {
            format!(
                "{value} is not {}, which it has to be",
                shown(expected_value)
            )
        }
        Kind::Minimum { limit } => format!("{value} is less than {}", shown(limit)),
        Kind::ExclusiveMinimum { limit } => format!("{value} is not more than {}", shown(limit)),
        Kind::Maximum { limit } => format!("{value} is more than {}", shown(limit)),
        Kind::ExclusiveMaximum { limit } => format!("{value} is not less than {}", shown(limit)),
        Kind::MultipleOf { multiple_of } => format!("{value} is not a multiple of {multiple_of}"),
        Kind::MinLength { limit: 1 } => format!("{value} is empty"),
        Kind::MinLength { limit } => format!("{value} has fewer than {limit} characters"),
        Kind::MaxLength { limit } => {
            format!("{value} has more than {}", counted(*limit, "character"))
        }
        Kind::Pattern { pattern } => format!("{value} is not like {}", text(pattern)),
        Kind::Format { format } => format!("{value} is not {}", format_words(format)),
        Kind::BacktrackLimitExceeded { .. } | Kind::RegexEngineFailure { .. } => {
            format!("{value} takes too long to compare with what the gate expects")
        }
        Kind::FalseSchema if error.schema_path().as_str().ends_with("/items") => {
            "the list has to end before this item".to_owned()
        }
        Kind::FalseSchema => "not allowed here".to_owned(),
        Kind::Not { schema } => {
            let unwanted = described(document, Place(schema));
            format!("{value} must not be {unwanted}")
        }
        Kind::OneOfMultipleValid { .. } => {
            let fitting = branches(document, error).join("; ");
            format!("{value} fits more than one of these, and must fit only one: {fitting}")
        }
        _ => format!("{value} does not fit"),
    }
}

fn of_list(document: &Document, error: &ValidationError<'_>, items: &[Value]) -> Option<String> {
    let contained = || {
        let pointer = error.schema_path().as_str().rsplit_once('/')?.0;
        let schema = document.at(pointer)?.get("contains")?;
        Some(described(document, Place(schema)))
    };
    let limit = || beside_number(document, error);
    Some(match error.kind() {
        Kind::MinItems { limit: 1 } => "the list is empty".to_owned(),
        Kind::MinItems { limit } => format!("the list has fewer than {limit} items"),
        Kind::MaxItems { limit } => format!("the list has more than {}", counted(*limit, "item")),
        Kind::UniqueItems => {
            let twice = items
                .iter()
                .enumerate()
                .find(|(index, item)| items[..*index].contains(item));
            let twice = twice.map_or_else(|| "an item".to_owned(), |(_, item)| shown(item));
            format!("the list has {twice} twice")
        }
        Kind::Contains => {
            let wanted = contained()?;
            match error.schema_path().as_str().rsplit('/').next() {
                Some("maxContains") => format!(
                    "the list has more than {} that may be {wanted}",
                    counted(limit()?, "item")
                ),
                Some("minContains") => format!(
                    "the list has fewer than {} that are {wanted}",
                    counted(limit()?, "item")
                ),
                _ => format!("no item of the list is {wanted}"),
            }
        }
        Kind::AdditionalItems { limit } => {
            format!("the list has more than {}", counted(*limit as u64, "item"))
        }
        Kind::UnevaluatedItems { .. } => "the list has more items than it may".to_owned(),
        _ => return None,
    })
}

fn of_table(error: &ValidationError<'_>) -> Option<String> {
    Some(match error.kind() {
        Kind::MinProperties { limit: 1 } => "the table is empty".to_owned(),
        Kind::MinProperties { limit } => format!("the table has fewer than {limit} keys"),
        Kind::MaxProperties { limit } => {
            format!("the table has more than {}", counted(*limit, "key"))
        }
        _ => return None,
    })
}

fn counted(count: u64, what: &str) -> String {
    if count == 1 {
        format!("1 {what}")
    } else {
        format!("{count} {what}s")
    }
}

/// Returns what each branch of a union accepts.
pub(super) fn branches(document: &Document, error: &ValidationError<'_>) -> Vec<String> {
    let pointer = error.schema_path().as_str();
    let schemas = document.at(pointer).and_then(Value::as_array);
    let schemas = schemas.into_iter().flatten();
    schemas
        .map(|schema| described(document, Place(schema)))
        .collect()
}

/// Returns the schema that the broken rule stands in.
pub(super) fn beside<'d>(document: &'d Document, error: &ValidationError<'_>) -> &'d Value {
    let pointer = error.schema_path().as_str().rsplit_once('/');
    let schema = pointer.and_then(|(parent, _)| document.at(parent));
    schema.unwrap_or(&Value::Null)
}

fn beside_number(document: &Document, error: &ValidationError<'_>) -> Option<u64> {
    document.at(error.schema_path().as_str())?.as_u64()
}
