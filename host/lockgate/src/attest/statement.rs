//! Compares a statement, signed or not, with the journal of a run.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::fold::{NothingToAttest, predicate};
use super::predicate::PREDICATE_TYPE;
use crate::bounded_file;
use crate::run::journal::SavedJournal;

/// The longest attestation that is read, in bytes: as much as GitHub takes for a predicate.
const BYTES_MAX: u64 = 16 << 20;

/// Why an attestation cannot be compared.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AttestationError {
    /// The file cannot be read.
    #[error("cannot read the attestation {path}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: bounded_file::ReadError,
    },
    /// The file holds no statement.
    #[error(
        "{path} is no attestation: {problem}; name a bundle as `gh attestation download` writes it, an envelope (DSSE), an \
         in-toto statement, or the predicate that --attest wrote"
    )]
    NoStatement {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// The run has nothing to attest.
    #[error("the run cannot be attested: {0}")]
    Nothing(#[from] NothingToAttest),
}

/// Returns in which points an attestation differs from the journal of a run, as sentences; none where it fits. The signature
/// is not looked at.
///
/// # Errors
/// When the file holds no attestation, or the run has nothing to attest.
pub(crate) fn differences(
    path: &Path,
    journal: &SavedJournal,
) -> Result<Vec<String>, AttestationError> {
    let no_statement = |problem: String| AttestationError::NoStatement {
        path: path.to_owned(),
        problem,
    };
    let text = bounded_file::read_text(path, BYTES_MAX).map_err(|source| {
        AttestationError::Unreadable {
            path: path.to_owned(),
            source,
        }
    })?;
    // `gh attestation download` writes one bundle a line.
    let first = text.lines().find(|line| !line.trim().is_empty());
    let document: Value = serde_json::from_str(&text)
        .or_else(|error| match first {
            Some(line) => serde_json::from_str(line).map_err(|_| error),
            None => Err(error),
        })
        .map_err(|error| no_statement(error.to_string()))?;
    let (subject, expected) = predicate(journal)?;
    let expected = serde_json::to_value(expected).unwrap_or_default();
    let statement = match statement(&document).map_err(no_statement)? {
        Some(statement) => statement,
        None if document.get("journal").is_some() => {
            return Ok(different("", &expected, &document));
        }
        None => {
            return Err(no_statement(
                "it has no statement and no predicate".to_owned(),
            ));
        }
    };
    let mut found = Vec::new();
    if statement["predicateType"] != PREDICATE_TYPE {
        found.push(format!(
            "predicateType is {}, not {PREDICATE_TYPE:?}",
            statement["predicateType"]
        ));
    }
    let subjects = statement["subject"].as_array().cloned().unwrap_or_default();
    let is_ours = |one: &Value| one["digest"]["sha256"] == json!(subject.sha256);
    if !subjects.iter().any(is_ours) {
        found.push(format!(
            "no subject is the canary's image, {}@{}",
            subject.name,
            subject.digest()
        ));
    }
    found.extend(different("", &expected, &statement["predicate"]));
    Ok(found)
}

/// Returns the statement in a document: a bundle, an envelope, or the statement itself; `None` where it is none of these.
fn statement(document: &Value) -> Result<Option<Value>, String> {
    if document.get("predicateType").is_some() {
        return Ok(Some(document.clone()));
    }
    let envelope = document.get("dsseEnvelope").unwrap_or(document);
    let Some(payload) = envelope.get("payload").and_then(Value::as_str) else {
        return Ok(None);
    };
    let bytes = STANDARD
        .decode(payload)
        .map_err(|error| format!("its payload is no base64: {error}"))?;
    let statement = serde_json::from_slice(&bytes);
    statement
        .map(Some)
        .map_err(|error| format!("its payload is no JSON: {error}"))
}

/// Returns where two values differ, the first ten places.
fn different(at: &str, expected: &Value, found: &Value) -> Vec<String> {
    const PLACES_MAX: usize = 10;
    let mut places = Vec::new();
    match (expected, found) {
        (Value::Object(expected), Value::Object(found)) => {
            for name in expected.keys().chain(found.keys()) {
                let [one, other] = [expected, found].map(|members| members.get(name));
                let at = format!("{at}/{name}");
                if one != other && !places.iter().any(|place: &String| place.starts_with(&at)) {
                    let null = Value::Null;
                    let (one, other) = (one.unwrap_or(&null), other.unwrap_or(&null));
                    places.extend(different(&at, one, other));
                }
            }
        }
        (Value::Array(expected), Value::Array(found)) if expected.len() == found.len() => {
            for (index, (one, other)) in expected.iter().zip(found).enumerate() {
                places.extend(different(&format!("{at}/{index}"), one, other));
            }
        }
        (expected, found) if expected != found => places.push(format!(
            "{at} is {} in the attestation, and {} in the journal",
            shortened(found),
            shortened(expected)
        )),
        _ => {}
    }
    places.truncate(PLACES_MAX);
    places
}

fn shortened(value: &Value) -> String {
    gates::sanitise(&value.to_string(), 100)
}
