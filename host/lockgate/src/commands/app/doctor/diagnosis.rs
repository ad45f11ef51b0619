//! The result of one check, and the sheet on which the doctor writes results as lines or as JSON.
//!
//! How a result looks is a pure function of its values; only [`Sheet`] prints.

use serde_json::{Value, json};

use crate::output::Output;

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Grade {
    /// As it should be.
    Ok,
    /// A rollout can begin, and may run into trouble.
    Warn,
    /// A rollout cannot begin, or cannot end well.
    Fail,
    /// The check could not be made. Never counts as good.
    Unknown,
}

/// One check, its grade, what was seen and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Diagnosis {
    pub(super) check: &'static str,
    pub(super) grade: Grade,
    pub(super) detail: String,
    /// What to do, where the detail does not imply it.
    pub(super) advice: Option<String>,
}

/// How many checks ended badly.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Totals {
    pub(super) failed: u32,
    pub(super) warned: u32,
    pub(super) unknown: u32,
}

/// Prints diagnoses and counts them.
pub(super) struct Sheet<'a> {
    output: &'a Output,
    totals: Totals,
}

impl Grade {
    fn label(self) -> &'static str {
        match self {
            Grade::Ok => "ok",
            Grade::Warn => "warn",
            Grade::Fail => "FAIL",
            Grade::Unknown => "unknown",
        }
    }
}

impl Diagnosis {
    pub(super) fn ok(check: &'static str, detail: impl Into<String>) -> Diagnosis {
        Diagnosis::new(check, Grade::Ok, detail)
    }

    pub(super) fn warn(check: &'static str, detail: impl Into<String>) -> Diagnosis {
        Diagnosis::new(check, Grade::Warn, detail)
    }

    pub(super) fn fail(check: &'static str, detail: impl Into<String>) -> Diagnosis {
        Diagnosis::new(check, Grade::Fail, detail)
    }

    pub(super) fn unknown(check: &'static str, detail: impl Into<String>) -> Diagnosis {
        Diagnosis::new(check, Grade::Unknown, detail)
    }

    /// Adds what to do about it.
    pub(super) fn advise(self, advice: impl Into<String>) -> Diagnosis {
        Diagnosis {
            advice: Some(advice.into()),
            ..self
        }
    }

    pub(super) fn as_text(&self) -> String {
        let (label, check, detail) = (self.grade.label(), self.check, &self.detail);
        let advice = self.advice.as_ref();
        let advice = advice.map_or_else(String::new, |advice| format!("; {advice}"));
        format!("{label:<8} {check:<14} {detail}{advice}")
    }

    pub(super) fn as_json(&self) -> Value {
        json!({
            "event": "checked",
            "check": self.check,
            "state": self.grade.label().to_ascii_lowercase(),
            "detail": self.detail,
            "next": self.advice,
        })
    }

    fn new(check: &'static str, grade: Grade, detail: impl Into<String>) -> Diagnosis {
        Diagnosis {
            check,
            grade,
            detail: detail.into(),
            advice: None,
        }
    }
}

impl Totals {
    pub(super) fn count(&mut self, grade: Grade) {
        match grade {
            Grade::Fail => self.failed += 1,
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

    /// Prints a diagnosis at once, so that a slow check does not delay what is known.
    pub(super) fn write(&mut self, diagnosis: &Diagnosis) {
        self.totals.count(diagnosis.grade);
        self.output.json(&diagnosis.as_json());
        self.output.text(&diagnosis.as_text());
    }

    pub(super) fn write_all(&mut self, diagnoses: &[Diagnosis]) {
        for diagnosis in diagnoses {
            self.write(diagnosis);
        }
    }

    /// Prints the totals and returns them.
    pub(super) fn end(self) -> Totals {
        self.output.json(&self.totals.as_json());
        self.output.text(&self.totals.as_text());
        self.totals
    }
}
