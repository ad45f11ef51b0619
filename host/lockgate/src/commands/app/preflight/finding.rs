//! The result of one check: what was seen, what to do about it, and whether a rollout begins all the same. Pure values;
//! prints nothing.

use serde_json::{Value, json};

use super::check::Check;
use crate::exit::Exit;

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grade {
    /// As it should be.
    Ok,
    /// A rollout can begin, and may run into trouble.
    Warn,
    /// A rollout is refused, with this exit code.
    Refused(Exit),
    /// The check could not be made. Never counts as good.
    Unknown,
}

/// One check, its grade, what was seen and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) check: Check,
    pub(crate) grade: Grade,
    pub(crate) detail: String,
    /// What to do, where the detail does not imply it.
    pub(crate) advice: Option<String>,
}

impl Grade {
    pub(crate) fn label(self) -> &'static str {
        match self {
            Grade::Ok => "ok",
            Grade::Warn => "warn",
            Grade::Refused(_) => "FAIL",
            Grade::Unknown => "unknown",
        }
    }
}

impl Finding {
    pub(crate) fn ok(check: Check, detail: impl Into<String>) -> Finding {
        Finding::new(check, Grade::Ok, detail)
    }

    pub(crate) fn warn(check: Check, detail: impl Into<String>) -> Finding {
        Finding::new(check, Grade::Warn, detail)
    }

    /// A rollout is refused, and the app is to blame, or what is between it and this machine.
    pub(crate) fn refused(check: Check, detail: impl Into<String>) -> Finding {
        Finding::new(check, Grade::Refused(Exit::Refused), detail)
    }

    /// A rollout is refused, and the configuration or this machine is to blame.
    pub(crate) fn unusable(check: Check, detail: impl Into<String>) -> Finding {
        Finding::new(check, Grade::Refused(Exit::Usage), detail)
    }

    pub(crate) fn unknown(check: Check, detail: impl Into<String>) -> Finding {
        Finding::new(check, Grade::Unknown, detail)
    }

    /// The check was not tried; `why` is what it needs.
    pub(crate) fn not_checked(check: Check, why: &str) -> Finding {
        Finding::unknown(check, format!("not checked: {why}"))
    }

    pub(crate) fn advise(self, advice: impl Into<String>) -> Finding {
        Finding {
            advice: Some(advice.into()),
            ..self
        }
    }

    /// Returns the code with which a rollout is refused, if it is.
    pub(crate) fn exit(&self) -> Option<Exit> {
        match self.grade {
            Grade::Refused(exit) => Some(exit),
            Grade::Ok | Grade::Warn | Grade::Unknown => None,
        }
    }

    /// Returns what was seen and what to do, in one sentence: the same one in every command.
    pub(crate) fn sentence(&self) -> String {
        match &self.advice {
            None => self.detail.clone(),
            Some(advice) => format!("{}; {advice}", self.detail),
        }
    }

    pub(crate) fn as_text(&self) -> String {
        let (label, check) = (self.grade.label(), self.check.name());
        format!("{label:<8} {check:<14} {}", self.sentence())
    }

    pub(crate) fn as_json(&self) -> Value {
        json!({
            "event": "checked",
            "check": self.check.name(),
            "area": self.check.area().name(),
            "state": self.grade.label().to_ascii_lowercase(),
            "detail": self.detail,
            "next": self.advice,
            "exit-code": self.exit().map(Exit::code),
        })
    }

    fn new(check: Check, grade: Grade, detail: impl Into<String>) -> Finding {
        Finding {
            check,
            grade,
            detail: detail.into(),
            advice: None,
        }
    }
}
