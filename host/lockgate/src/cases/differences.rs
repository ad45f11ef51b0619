//! Compares what a gate did with what its case expects. Pure: the replay is done before.

use gates::Replayed;
use rollout::GateFailure;

use super::file::{Expect, ExpectedMeasurement};

/// One difference between the expected and the actual result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Difference {
    /// What differs, such as `verdict`.
    pub(crate) subject: String,
    pub(crate) expected: String,
    pub(crate) got: String,
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Difference {
            subject,
            expected,
            got,
        } = self;
        write!(f, "{subject}: expected {expected}, got {got}")
    }
}

/// Whether entries of the recordings may be left over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Leftovers {
    /// They may be.
    Allowed,
    /// None may be.
    Refused,
    /// None of so many first ones may be; the others are for later calls.
    RefusedOfTheFirst(usize),
}

/// Returns every difference; the case passes when there is none.
pub(crate) fn differences(
    expect: &Expect,
    replayed: &Replayed,
    requests: &[String],
    leftovers: Leftovers,
) -> Vec<Difference> {
    let mut found = Vec::new();
    let mut differs = |subject: &str, expected: String, got: String| {
        found.push(Difference {
            subject: subject.to_owned(),
            expected,
            got,
        });
    };
    for miss in &replayed.misses {
        differs("recording", "a response".to_owned(), miss.to_string());
    }
    let AnswerText { outcome, reason } = answer_text(replayed);
    let expected = match (expect.verdict, expect.failure) {
        (Some(verdict), _) => verdict.name().to_owned(),
        (None, Some(failure)) => format!("failure {}", failure.name()),
        (None, None) => "a verdict or a failure under [expect]".to_owned(),
    };
    if outcome != expected {
        differs("verdict", expected, format!("{outcome}: {reason}"));
    }
    if let Some(part) = &expect.reason_contains
        && !reason.contains(part)
    {
        let expected = format!("one that contains {part:?}");
        differs("reason", expected, format!("{reason:?}"));
    }
    for measurement in &expect.measurements {
        if let Some(got) = out_of_bounds(measurement, replayed) {
            let subject = format!("measurement {}", measurement.name);
            differs(&subject, bounds(measurement), got);
        }
    }
    if let Some(expected) = &expect.requests
        && expected[..] != *requests
    {
        differs("requests", listed(expected), listed(requests));
    }
    if let Some(most) = expect.within
        && u128::from(replayed.answer.took_ms) > most.0.as_millis()
    {
        let got = format!("{} ms", replayed.answer.took_ms);
        differs("time", format!("at most {}", rollout::human(most.0)), got);
    }
    let unused: Vec<usize> = match leftovers {
        Leftovers::Allowed => Vec::new(),
        Leftovers::Refused => replayed.unused.clone(),
        Leftovers::RefusedOfTheFirst(own) => {
            let unused = replayed.unused.iter().copied();
            unused.filter(|entry| *entry < own).collect()
        }
    };
    if !unused.is_empty() {
        let got = format!("no request for entry {}", rollout::listed(&unused));
        differs("entries", "a request for each".to_owned(), got);
    }
    found
}

/// An answer as a case file writes it.
pub(crate) struct AnswerText {
    /// The verdict (`pass`), or `failure` and its name (`failure trap`).
    pub(crate) outcome: String,
    /// The reason of the verdict, or the message of the failure.
    pub(crate) reason: String,
}

/// Returns the answer of a replay as a case file writes it.
pub(crate) fn answer_text(replayed: &Replayed) -> AnswerText {
    match &replayed.answer.result {
        Ok(report) => AnswerText {
            outcome: report.verdict.word().to_owned(),
            reason: report.reason.clone(),
        },
        Err(failure) => AnswerText {
            outcome: format!("failure {}", failure_name(failure)),
            reason: failure.to_string(),
        },
    }
}

fn failure_name(failure: &GateFailure) -> &'static str {
    match failure {
        GateFailure::Declined(_) => "declined",
        GateFailure::Trap(_) => "trap",
        GateFailure::Deadline { .. } => "deadline",
        GateFailure::Limit(_) => "limit",
        GateFailure::InvalidAnswer(_) => "invalid-answer",
        GateFailure::WrongWorld(_) => "wrong-world",
        GateFailure::Host(_) => "host",
        GateFailure::NotWaitedFor { .. } => "not-waited-for",
    }
}

fn bounds(expected: &ExpectedMeasurement) -> String {
    match (expected.min, expected.max) {
        (Some(min), Some(max)) => format!("{min} to {max}"),
        (Some(min), None) => format!("at least {min}"),
        (None, Some(max)) => format!("at most {max}"),
        (None, None) => "any value".to_owned(),
    }
}

/// Returns the first value that is out of bounds, or `none` when the report has no such measurement.
fn out_of_bounds(expected: &ExpectedMeasurement, replayed: &Replayed) -> Option<String> {
    let report = replayed.answer.result.as_ref().ok();
    let is_meant = |measurement: &&rollout::Measurement| {
        let subject = expected.subject.as_ref();
        measurement.name == expected.name
            && subject.is_none_or(|subject| *subject == measurement.subject)
    };
    let measurements: Vec<_> = report
        .map(|report| report.measurements.iter().filter(is_meant).collect())
        .unwrap_or_default();
    if measurements.is_empty() {
        return Some("none".to_owned());
    }
    let outlier = measurements.iter().find(|measurement| {
        expected.min.is_some_and(|min| measurement.value < min)
            || expected.max.is_some_and(|max| measurement.value > max)
    });
    outlier.map(|measurement| format!("{} {}", measurement.value, measurement.unit))
}

fn listed(requests: &[String]) -> String {
    if requests.is_empty() {
        "none".to_owned()
    } else {
        requests.join(", ")
    }
}
