//! What the doctor found: one line for each check, for people or as JSON.

use serde_json::json;

use crate::output::Output;

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// As it should be.
    Ok,
    /// A rollout can begin, and may regret it.
    Warn,
    /// A rollout cannot begin, or cannot end well.
    Fail,
    /// Could not be looked at: never the same as good.
    Unknown,
}

/// One check and how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    /// What was looked at.
    pub(super) check: &'static str,
    /// How it is.
    pub(super) state: State,
    /// What was seen.
    pub(super) detail: String,
    /// What to do, where the detail does not say it.
    pub(super) next: Option<String>,
}

/// Writes findings and counts the bad ones.
pub(super) struct Sheet<'a> {
    output: &'a Output,
    failed: u32,
    warned: u32,
    unknown: u32,
}

impl State {
    fn word(self) -> &'static str {
        match self {
            State::Ok => "ok",
            State::Warn => "warn",
            State::Fail => "FAIL",
            State::Unknown => "unknown",
        }
    }
}

impl Finding {
    /// As it should be.
    pub(super) fn ok(check: &'static str, detail: String) -> Finding {
        Finding::new(check, State::Ok, detail, None)
    }

    /// Nothing is known about it.
    pub(super) fn unknown(check: &'static str, detail: String) -> Finding {
        Finding::new(check, State::Unknown, detail, None)
    }

    /// May go wrong.
    pub(super) fn warn(check: &'static str, detail: String, next: Option<String>) -> Finding {
        Finding::new(check, State::Warn, detail, next)
    }

    /// Is wrong.
    pub(super) fn fail(check: &'static str, detail: String, next: Option<String>) -> Finding {
        Finding::new(check, State::Fail, detail, next)
    }

    fn new(check: &'static str, state: State, detail: String, next: Option<String>) -> Finding {
        Finding {
            check,
            state,
            detail,
            next,
        }
    }
}

impl<'a> Sheet<'a> {
    /// Begins.
    pub(super) fn new(output: &'a Output) -> Sheet<'a> {
        Sheet {
            output,
            failed: 0,
            warned: 0,
            unknown: 0,
        }
    }

    /// Writes a finding at once, so that a slow check does not hold back what is known.
    pub(super) fn write(&mut self, finding: Finding) {
        match finding.state {
            State::Fail => self.failed += 1,
            State::Warn => self.warned += 1,
            State::Unknown => self.unknown += 1,
            State::Ok => {}
        }
        let Finding {
            check,
            state,
            detail,
            next,
        } = finding;
        self.output.json(&json!({
            "event": "checked",
            "check": check,
            "state": state.word().to_ascii_lowercase(),
            "detail": detail,
            "next": next,
        }));
        let next = next.map_or_else(String::new, |next| format!("; {next}"));
        self.output
            .text(&format!("{:<8} {check:<14} {detail}{next}", state.word()));
    }

    /// Writes several.
    pub(super) fn write_all(&mut self, findings: Vec<Finding>) {
        for finding in findings {
            self.write(finding);
        }
    }

    /// Sums up, and returns how many checks failed.
    pub(super) fn end(self) -> u32 {
        let Sheet {
            output,
            failed,
            warned,
            unknown,
        } = self;
        let ended = json!({
            "event": "examined", "failed": failed, "warned": warned, "unknown": unknown,
        });
        output.json(&ended);
        output.text(&format!(
            "{failed} failed, {warned} to look at, {unknown} unknown"
        ));
        failed
    }
}
