//! What a gate said against what it was to say.

use gates::Replayed;
use rollout::GateFailure;

use super::file::{Bounds, Expect};

/// One thing that is not as expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Difference {
    /// What it is about, such as `verdict`.
    pub(crate) what: String,
    /// What was to be.
    pub(crate) expected: String,
    /// What is.
    pub(crate) got: String,
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Difference {
            what,
            expected,
            got,
        } = self;
        write!(f, "{what}: expected {expected}, got {got}")
    }
}

/// Returns every difference; none is a pass.
pub(crate) fn judge(
    expect: &Expect,
    replayed: &Replayed,
    requests: &[String],
    strict: bool,
) -> Vec<Difference> {
    let mut found = Vec::new();
    let mut differs = |what: &str, expected: String, got: String| {
        found.push(Difference {
            what: what.to_owned(),
            expected,
            got,
        });
    };
    for miss in &replayed.misses {
        differs("recording", "an answer".to_owned(), miss.to_string());
    }
    let (word, reason) = said(replayed);
    let wanted = match (expect.verdict, expect.failure) {
        (Some(verdict), _) => verdict.word().to_owned(),
        (None, Some(failure)) => format!("failure {}", failure.word()),
        (None, None) => "a verdict or a failure under [expect]".to_owned(),
    };
    if word != wanted {
        differs("verdict", wanted, format!("{word}: {reason}"));
    }
    if let Some(piece) = expect
        .reason_contains
        .as_ref()
        .filter(|piece| !reason.contains(*piece))
    {
        differs(
            "reason",
            format!("one with {piece:?}"),
            format!("{reason:?}"),
        );
    }
    for bounds in &expect.measurements {
        if let Some((expected, got)) = measured(bounds, replayed) {
            differs(&format!("measurement {}", bounds.name), expected, got);
        }
    }
    if let Some(wanted) = expect
        .requests
        .as_ref()
        .filter(|wanted| wanted[..] != *requests)
    {
        differs("requests", listed(wanted), listed(requests));
    }
    if let Some(most) = expect.within
        && u128::from(replayed.answer.took_ms) > most.0.as_millis()
    {
        let got = format!("{} ms", replayed.answer.took_ms);
        differs("time", format!("at most {}", rollout::human(most.0)), got);
    }
    if strict && !replayed.unused.is_empty() {
        let left: Vec<String> = replayed.unused.iter().map(usize::to_string).collect();
        let got = format!("nobody asked for entry {}", left.join(", "));
        differs("entries", "all of them asked for".to_owned(), got);
    }
    found
}

/// Returns the verdict's or failure's word, and the text with it.
pub(crate) fn said(replayed: &Replayed) -> (String, String) {
    match &replayed.answer.result {
        Ok(report) => (report.verdict.word().to_owned(), report.reason.clone()),
        Err(failure) => (
            format!("failure {}", failure_word(failure)),
            failure.to_string(),
        ),
    }
}

pub(crate) fn failure_word(failure: &GateFailure) -> &'static str {
    match failure {
        GateFailure::Declined(_) => "declined",
        GateFailure::Trap(_) => "trap",
        GateFailure::Deadline { .. } => "deadline",
        GateFailure::Limit(_) => "limit",
        GateFailure::InvalidAnswer(_) => "invalid-answer",
        GateFailure::WrongWorld(_) => "wrong-world",
        GateFailure::Host(_) => "host",
    }
}

fn measured(bounds: &Bounds, replayed: &Replayed) -> Option<(String, String)> {
    let wanted = match (bounds.min, bounds.max) {
        (Some(min), Some(max)) => format!("{min} to {max}"),
        (Some(min), None) => format!("at least {min}"),
        (None, Some(max)) => format!("at most {max}"),
        (None, None) => "any value".to_owned(),
    };
    let report = replayed.answer.result.as_ref().ok();
    let named = |number: &&rollout::Measurement| {
        number.name == bounds.name
            && bounds
                .subject
                .as_ref()
                .is_none_or(|subject| *subject == number.subject)
    };
    let numbers: Vec<_> = report
        .map(|report| report.measurements.iter().filter(named).collect())
        .unwrap_or_default();
    if numbers.is_empty() {
        return Some((wanted, "none".to_owned()));
    }
    let out = numbers.iter().find(|number| {
        bounds.min.is_some_and(|min| number.value < min)
            || bounds.max.is_some_and(|max| number.value > max)
    });
    out.map(|number| (wanted, format!("{} {}", number.value, number.unit)))
}

fn listed(requests: &[String]) -> String {
    match requests {
        [] => "none".to_owned(),
        requests => requests.join(", "),
    }
}
