//! The answers of gates, and why a gate could not answer.
//!
//! "No" and "broken" are different types from here up to the exit code: a verdict is an answer, a gate failure is the
//! absence of one, and only [`Verdict::Pass`] passes (I-14).

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::trap::Trap;

/// The two questions a gate can be asked.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
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
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// The rollout may go on.
    Pass,
    /// The rollout must roll back at once.
    Fail,
    /// The gate cannot decide yet and is to be asked again.
    Hold {
        /// Milliseconds from the answer before which it is not asked; `None` for the plan's check interval.
        ask_again_ms: Option<u32>,
    },
}

impl Verdict {
    /// Returns `pass`, `fail` or `hold`.
    pub fn word(&self) -> &'static str {
        match self {
            Verdict::Pass => "pass",
            Verdict::Fail => "fail",
            Verdict::Hold { .. } => "hold",
        }
    }
}

/// Why a gate could not answer. The list is closed, so that every caller handles every kind.
#[derive(
    Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, thiserror::Error,
)]
#[serde(
    tag = "kind",
    content = "detail",
    rename_all = "kebab-case",
    rename_all_fields = "kebab-case"
)]
pub enum GateFailure {
    /// The gate returned `err`.
    #[error("the gate could not answer: {0}")]
    Declined(String),
    /// The gate trapped (a panic, an uncaught exception, an illegal instruction).
    #[error("the gate trapped: {0}")]
    Trap(Trap),
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
    /// The answer breaks the contract, such as a state of more than 64 KiB.
    #[error("invalid answer: {0}")]
    InvalidAnswer(String),
    /// The component does not implement the world that this question needs.
    #[error("wrong world: {0}")]
    WrongWorld(String),
    /// The host failed, not the gate.
    #[error("the host failed: {0}")]
    Host(String),
    /// Another gate of the round said no first. Neither the gate nor the host has failed.
    #[error("not waited for: {gate} said no first")]
    NotWaitedFor {
        /// The name of the gate that said no.
        gate: String,
    },
}

/// One number that a gate measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Measurement {
    /// What was measured, such as `error rate`.
    pub name: String,
    /// What it was measured on, such as a revision.
    pub subject: String,
    /// The number; always finite.
    pub value: f64,
    /// The unit, empty for a bare number.
    pub unit: String,
}

/// A gate's answer with its reasons.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The verdict.
    pub verdict: Verdict,
    /// The summary of a pass, or the reason of a fail or hold: one line without control characters.
    pub reason: String,
    /// The numbers behind the verdict.
    pub measurements: Vec<Measurement>,
    /// Bytes that the gate receives again at its next call in this rollout, at most 64 KiB.
    pub state: Vec<u8>,
}

/// The outcome of asking one gate once.
#[derive(Debug, Clone, PartialEq)]
pub struct GateAnswer {
    /// The gate's name in the configuration.
    pub gate: String,
    /// The report, or why the gate could not answer.
    pub result: Result<Report, GateFailure>,
    /// How long the call took, in milliseconds.
    pub took_ms: u64,
}

/// Whose state is remembered: a gate, for one kind of question.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct MemoryKey {
    /// The kind of question.
    pub kind: Kind,
    /// The gate's name in the configuration.
    pub gate: String,
}

/// What gates returned so far in a run, passed to their next calls.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Memory {
    /// The latest report of each health check, by gate name.
    pub reports: BTreeMap<String, Report>,
    /// The state each gate returned last.
    pub states: BTreeMap<MemoryKey, Vec<u8>>,
}

// `f64` is not `Eq`. Measurements are finite by construction, so equality is total.
impl Eq for Memory {}
impl Eq for Report {}
impl Eq for Measurement {}
impl Eq for GateAnswer {}

/// Returns a duration as text for people: `250 ms`, `90 s`, `5 min`, `2 min 30 s`.
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
