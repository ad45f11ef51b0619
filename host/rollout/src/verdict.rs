//! What a gate says, and what it means that it could not say anything.
//!
//! "No" and "broken" are different types from here up to the exit code: a verdict is an answer, a gate failure is
//! the absence of one, and only [`Verdict::Pass`] ever passes (I-14).

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The two questions a gate can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Is the revision fit to serve?
    HealthCheck,
    /// May the canary take the next weight?
    PromotionGate,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::HealthCheck => "health check",
            Kind::PromotionGate => "promotion gate",
        })
    }
}

/// A gate's answer.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Go on.
    Pass,
    /// Roll back at once.
    Fail,
    /// Ask again, not before this time has passed (`None`: after the plan's check interval).
    Hold {
        /// Milliseconds from the answer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ask_again_ms: Option<u32>,
    },
}

impl Verdict {
    /// Returns the word for people: pass, fail or hold.
    pub fn word(&self) -> &'static str {
        match self {
            Verdict::Pass => "pass",
            Verdict::Fail => "fail",
            Verdict::Hold { .. } => "hold",
        }
    }
}

/// Why a gate could not answer. Closed: whoever handles one handles all.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "detail")]
pub enum GateFailure {
    /// The gate returned `err`.
    #[error("the gate could not answer: {0}")]
    Declined(String),
    /// The gate trapped (a panic, an uncaught exception, an illegal instruction).
    #[error("the gate trapped: {0}")]
    Trap(String),
    /// The gate did not answer within its budget.
    #[error("no answer within {}", human(Duration::from_millis(*.budget_ms)))]
    Deadline {
        /// The budget in milliseconds.
        budget_ms: u64,
        /// The tail of what the gate wrote to stderr, empty when it wrote nothing.
        stderr: String,
    },
    /// The gate asked for more memory, table space or another counted resource than it may have.
    #[error("limit exceeded: {0}")]
    Limit(String),
    /// The answer itself breaks the contract, such as a state of more than 64 KiB.
    #[error("invalid answer: {0}")]
    InvalidAnswer(String),
    /// The component does not implement the world that is needed to ask it this.
    #[error("wrong world: {0}")]
    WrongWorld(String),
    /// The host failed, not the gate.
    #[error("the host failed: {0}")]
    Host(String),
}

/// One number that a gate took.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measurement {
    /// What was measured.
    pub name: String,
    /// What it was measured on.
    pub subject: String,
    /// Always finite.
    pub value: f64,
    /// The unit, empty for a bare number.
    pub unit: String,
}

/// What a gate said when it did answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The verdict.
    pub verdict: Verdict,
    /// Summary or reason: one line without control characters.
    pub reason: String,
    /// The numbers behind it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub measurements: Vec<Measurement>,
    /// What the gate wants to remember until its next call in this rollout.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        with = "crate::base64_text"
    )]
    pub state: Vec<u8>,
}

/// The outcome of asking one gate once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GateAnswer {
    /// The gate's name in the configuration.
    pub gate: String,
    /// The report, or why there is none.
    pub result: Result<Report, GateFailure>,
    /// How long the call took, in milliseconds.
    pub took_ms: u64,
}

/// What the host keeps of a gate between its calls.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Memory {
    /// The latest report of each health check, by gate name.
    pub reports: BTreeMap<String, Report>,
    /// The state each gate returned last, by kind and gate name.
    pub states: BTreeMap<(Kind, String), Vec<u8>>,
}

// Floats keep `Eq` from being derived. Measurements are finite by construction, so equality is total.
impl Eq for Memory {}
impl Eq for Report {}
impl Eq for Measurement {}
impl Eq for GateAnswer {}

/// Writes a duration as people do: `250 ms`, `90 s`, `5 min`.
pub fn human(duration: Duration) -> String {
    let ms = duration.as_millis();
    match ms {
        0..1_000 => format!("{ms} ms"),
        1_000..120_000 if ms.is_multiple_of(1_000) => format!("{} s", ms / 1_000),
        1_000..120_000 => format!("{:.1} s", duration.as_secs_f64()),
        _ if ms.is_multiple_of(60_000) => format!("{} min", ms / 60_000),
        _ => format!("{} min {} s", ms / 60_000, ms % 60_000 / 1_000),
    }
}
