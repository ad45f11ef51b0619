//! Judges one attempt: whether its answers meet the operator's expectations.
//!
//! A failure is a predicate about the canary ("answered 503"), so that a summary can use it. Keeps no
//! bodies, because each of a hundred attempts may have 4 MiB.

use lockgate_gate::{Answer, NoAnswer};
use serde_json::Value;

use crate::settings::{Comparison, Settings};
use crate::words::{excerpt, json, milliseconds, quoted};

/// A judged attempt.
#[derive(Debug, Clone, PartialEq)]
pub struct Attempt {
    /// The canary's answer, if there was one.
    pub canary: Option<Reading>,
    /// The stable's answer, if a comparison is configured and it answered.
    pub stable: Option<Reading>,
    /// The result.
    pub finding: Finding,
}

/// The numbers of an answer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading {
    /// The status code.
    pub status: u16,
    /// See [`Answer::elapsed_ms`].
    pub elapsed_ms: f64,
}

/// The result of one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// The canary answered as expected, and like the stable where that is configured.
    Met,
    /// The canary failed: a predicate such as "answered 503 (wanted 200-299)".
    Failed(String),
    /// The canary answered as expected, but the stable did not (a predicate): there is no comparison,
    /// and so no success.
    NotComparable(String),
}

impl Attempt {
    /// Judges the canary's answer, and the stable's where a comparison is configured.
    pub fn judge(settings: &Settings, canary: &Answer, stable: Option<&Answer>) -> Self {
        let own_failure = own_failure(settings, canary);
        let finding = match (own_failure, &settings.compare, stable) {
            (Some(failure), ..) => Finding::Failed(failure),
            (None, Some(comparison), Some(stable)) => compare(settings, comparison, canary, stable),
            (None, Some(_), None) => Finding::NotComparable("was not asked".to_owned()),
            (None, None, _) => Finding::Met,
        };
        Self {
            canary: reading(canary),
            stable: stable.and_then(reading),
            finding,
        }
    }
}

fn reading(answer: &Answer) -> Option<Reading> {
    let is_response = answer.no_answer.is_none();
    is_response.then_some(Reading {
        status: answer.status,
        elapsed_ms: answer.elapsed_ms,
    })
}

/// Returns how the canary's answer fails by itself, without the comparison.
fn own_failure(settings: &Settings, answer: &Answer) -> Option<String> {
    if let Some(no_answer) = &answer.no_answer {
        return Some(no_answer_words(settings, no_answer));
    }
    let status = answer.status;
    if !settings.expected_status.contains(status) {
        return Some(unexpected_status(settings, answer));
    }
    if let Some(failure) = body_failure(settings, answer) {
        return Some(format!("answered {status}, but {failure}"));
    }
    let bound = settings
        .latency
        .as_ref()
        .filter(|bound| bound.percentile.is_none())?;
    (answer.elapsed_ms > bound.max_ms).then(|| {
        let (took, most) = (milliseconds(answer.elapsed_ms), milliseconds(bound.max_ms));
        format!("answered {status}, but took {took} (at most {most})")
    })
}

fn unexpected_status(settings: &Settings, answer: &Answer) -> String {
    let expected = &settings.expected_status;
    let body = body_words(&answer.body);
    format!("answered {} (wanted {expected}{body})", answer.status)
}

fn no_answer_words(settings: &Settings, no_answer: &NoAnswer) -> String {
    match no_answer {
        NoAnswer::Timeout(_) => format!("did not answer within {} ms", settings.timeout_ms),
        NoAnswer::Unreachable(reason) => format!("could not be reached: {reason}"),
        NoAnswer::TooLarge(bytes) => format!("answered more than {bytes} bytes"),
    }
}

fn body_failure(settings: &Settings, answer: &Answer) -> Option<String> {
    let text = String::from_utf8_lossy(&answer.body);
    let missing = settings
        .body_contains
        .iter()
        .find(|wanted| !text.contains(wanted.as_str()));
    if let Some(wanted) = missing {
        let body = body_words(&answer.body);
        return Some(format!(
            "the body does not contain {}{body}",
            quoted(wanted)
        ));
    }
    let mut unwanted = settings.body_does_not_contain.iter();
    if let Some(found) = unwanted.find(|unwanted| text.contains(unwanted.as_str())) {
        return Some(format!("the body contains {}", quoted(found)));
    }
    if settings.body_json.is_empty() && settings.body_facts.is_empty() {
        return None;
    }
    let Ok(document) = serde_json::from_slice::<Value>(&answer.body) else {
        return Some(format!("the body is not JSON{}", body_words(&answer.body)));
    };
    let mut values = settings.body_json.iter();
    let value = values.find_map(|(pointer, wanted)| {
        member_failure(&document, pointer, |found| {
            (!same(found, wanted)).then(|| value_words(wanted))
        })
    });
    let mut facts = settings.body_facts.iter();
    let failure = value.or_else(|| {
        facts.find_map(|fact| {
            member_failure(&document, &fact.pointer, |found| {
                let wanted = || format!("fact {}, {}", fact.name, quoted(&fact.value));
                (text_of(found).as_deref() != Some(&*fact.value)).then(wanted)
            })
        })
    })?;
    Some(match failure {
        MemberFailure::Missing(place) => {
            format!("the body has no {place}{}", body_words(&answer.body))
        }
        MemberFailure::Differs(what) => what,
    })
}

/// Why a member of the body is not as it must be.
enum MemberFailure {
    /// It is not there; with its place.
    Missing(String),
    /// It has another value; the whole sentence.
    Differs(String),
}

/// Returns what is wrong with the member at a pointer. `unlike` returns what was wanted where the found value is not that.
fn member_failure(
    document: &Value,
    pointer: &str,
    unlike: impl Fn(&Value) -> Option<String>,
) -> Option<MemberFailure> {
    let place = match pointer {
        "" => "the body",
        pointer => pointer,
    };
    let Some(found) = document.pointer(pointer) else {
        return Some(MemberFailure::Missing(place.to_owned()));
    };
    unlike(found).map(|wanted| {
        let found = value_words(found);
        MemberFailure::Differs(format!("{place} in the body is {found} (wanted {wanted})"))
    })
}

/// Returns a value as a fact would have it: a text without quotes, a number or a truth value as written; `None` for others.
fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(json(value)),
        _ => None,
    }
}

/// Returns the beginning of the body, to follow a failure; empty for an empty body.
fn body_words(body: &[u8]) -> String {
    if body.is_empty() {
        return String::new();
    }
    format!("; body: {}", quoted(String::from_utf8_lossy(body).trim()))
}

fn value_words(value: &Value) -> String {
    match value {
        Value::String(text) => quoted(text),
        other => excerpt(&json(other)),
    }
}

/// Compares JSON values, with numbers by value: a service may write 1 as 1.0.
fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => {
            left == right || left.is_f64() != right.is_f64() && left.as_f64() == right.as_f64()
        }
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(l, r)| same(l, r))
        }
        (Value::Object(left), Value::Object(right)) => {
            let mut entries = left.iter();
            let inside = |(key, value)| right.get(key).is_some_and(|other| same(value, other));
            left.len() == right.len() && entries.all(inside)
        }
        (left, right) => left == right,
    }
}

fn compare(
    settings: &Settings,
    comparison: &Comparison,
    canary: &Answer,
    stable: &Answer,
) -> Finding {
    if let Some(no_answer) = &stable.no_answer {
        return Finding::NotComparable(no_answer_words(settings, no_answer));
    }
    if !settings.expected_status.contains(stable.status) {
        return Finding::NotComparable(unexpected_status(settings, stable));
    }
    if comparison.same_status_class && canary.status / 100 != stable.status / 100 {
        let (canary, stable) = (canary.status, stable.status);
        return Finding::Failed(format!(
            "answered {canary} where the stable answered {stable}"
        ));
    }
    Finding::Met
}
