//! The sheet on which `doctor` and `validate` show findings, as lines or as JSON, with their totals. Judges nothing.

use serde_json::{Value, json};

use super::preflight::{Finding, Grade};
use crate::output::Output;

/// How many checks ended badly.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Totals {
    failed: u32,
    warned: u32,
    unknown: u32,
}

/// Prints findings and counts them.
pub(super) struct Sheet<'a> {
    output: &'a Output,
    totals: Totals,
}

impl Totals {
    pub(super) fn count(&mut self, grade: Grade) {
        match grade {
            Grade::Refused(_) => self.failed += 1,
            Grade::Warn => self.warned += 1,
            Grade::Unknown => self.unknown += 1,
            Grade::Ok => {}
        }
    }

    pub(super) fn as_text(self) -> String {
        let Totals {
            failed,
            warned,
            unknown,
        } = self;
        format!("{failed} failed, {warned} to look at, {unknown} unknown")
    }

    pub(super) fn as_json(self) -> Value {
        json!({
            "event": "examined",
            "failed": self.failed,
            "warned": self.warned,
            "unknown": self.unknown,
        })
    }
}

impl<'a> Sheet<'a> {
    pub(super) fn new(output: &'a Output) -> Sheet<'a> {
        Sheet {
            output,
            totals: Totals::default(),
        }
    }

    /// Prints a finding at once, so that a slow check does not delay what is known.
    pub(super) fn write(&mut self, finding: &Finding) {
        self.totals.count(finding.grade);
        self.output.command_event(finding.as_json());
        self.output.text(&finding.as_text());
    }

    /// Prints the totals.
    pub(super) fn end(self) {
        self.output.command_event(self.totals.as_json());
        self.output.text(&self.totals.as_text());
    }
}
