//! How a run ends, and why it was rolled back.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::verdict::{GateFailure, Kind};

/// The end of a run. Its statement about traffic is what the last verified read showed (I-1).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(
    tag = "kind",
    content = "detail",
    rename_all = "kebab-case",
    rename_all_fields = "kebab-case"
)]
pub enum Outcome {
    /// The canary has all traffic.
    Promoted,
    /// Every check passed and the canary has all traffic, but the lease could not be removed. The text is the reason.
    PromotedWithLease(String),
    /// The app has the baseline, verified by reading back.
    RolledBack(Cause),
    /// The run is frozen at its weight and the lease is kept.
    Held {
        /// The weight in per cent.
        weight: u32,
        /// The gate that held, and its reason.
        reason: String,
    },
    /// A rollback was sent, or nothing was written at all, and what the app has now could not be read.
    Unverified {
        /// Why the run rolled back.
        cause: Cause,
        /// Why the rollback could not be verified.
        problem: String,
    },
    /// The run can go neither forward nor back; a person must act.
    Stuck {
        /// Why the run was to roll back; `None` when it was to be promoted.
        cause: Option<Cause>,
        /// What prevents it.
        problem: String,
    },
    /// The run did not begin, and nothing was written. The text is the reason.
    Refused(String),
    /// The run was asked to end before it had read the app, and nothing was written. The text names who asked.
    Cancelled(String),
    /// Another writer changed the traffic or took the run over; nothing more was written. The text describes the change.
    Superseded(String),
    /// There was no run to abort or recover, and nothing was written.
    Idle,
}

impl Outcome {
    /// Returns why the run was rolled back, or was to be; `None` where it was not.
    pub fn cause(&self) -> Option<&Cause> {
        match self {
            Outcome::RolledBack(cause) | Outcome::Unverified { cause, .. } => Some(cause),
            Outcome::Stuck { cause, .. } => cause.as_ref(),
            _ => None,
        }
    }
}

/// Why a run is rolled back.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(
    tag = "kind",
    content = "detail",
    rename_all = "kebab-case",
    rename_all_fields = "kebab-case"
)]
pub enum Cause {
    /// A gate said no.
    GateSaidNo {
        /// The gate's name.
        gate: String,
        /// The kind of question it answered.
        kind: Kind,
        /// Its reason.
        reason: String,
    },
    /// A gate held until its deadline.
    HeldTooLong {
        /// The gate's name.
        gate: String,
        /// Its last reason.
        reason: String,
    },
    /// A gate could not answer, retries included.
    GateBroke {
        /// The gate's name.
        gate: String,
        /// The reason.
        failure: GateFailure,
    },
    /// The canary did not become ready. The text says what was missing.
    NotReady(String),
    /// The platform refused, did not answer, or did not do what it reported. The text describes it.
    Platform(String),
    /// The run was asked to end. The text names who asked.
    Cancelled(String),
    /// A person takes a promotion back. The text names the command.
    Undone(String),
    /// The time for an approval is over. The text names the run.
    PauseOver(String),
    /// Another lockgate ended the run. The text says which command, where and when.
    EndedElsewhere(String),
    /// The stable revision was found inactive while it had traffic. The text names it.
    StableInactive(String),
    /// The next stage does not fit the time that is left. The text gives the durations.
    OutOfTime(String),
    /// The journal could no longer be written. The text is the error.
    JournalLost(String),
    /// The run's process is gone, and another process restored the baseline. The text names the run.
    Abandoned(String),
}

impl Cause {
    /// Returns whether gates have judged the canary and closed, so that it counts as failed.
    pub fn is_no(&self) -> bool {
        matches!(self, Cause::GateSaidNo { .. } | Cause::HeldTooLong { .. })
    }

    /// Returns the cause's name for machines.
    pub fn name(&self) -> &'static str {
        match self {
            Cause::GateSaidNo { .. } => "gate-said-no",
            Cause::HeldTooLong { .. } => "held-too-long",
            Cause::GateBroke { .. } => "gate-broke",
            Cause::NotReady(_) => "not-ready",
            Cause::Platform(_) => "platform",
            Cause::Cancelled(_) => "cancelled",
            Cause::Undone(_) => "undone",
            Cause::PauseOver(_) => "pause-over",
            Cause::EndedElsewhere(_) => "ended-elsewhere",
            Cause::StableInactive(_) => "stable-inactive",
            Cause::OutOfTime(_) => "out-of-time",
            Cause::JournalLost(_) => "journal-lost",
            Cause::Abandoned(_) => "abandoned",
        }
    }

    /// Returns the gate that turned the run round; `None` where it was something else.
    pub fn gate(&self) -> Option<&str> {
        match self {
            Cause::GateSaidNo { gate, .. }
            | Cause::HeldTooLong { gate, .. }
            | Cause::GateBroke { gate, .. } => Some(gate),
            _ => None,
        }
    }

    /// Returns the cause without the gate's own reason, for a reader who has that before them. What a gate waited for until
    /// its deadline is said once more: it may be far above.
    pub fn without_reason(&self) -> String {
        match self {
            Cause::GateSaidNo { gate, kind, .. } => format!("{kind} {gate} said no"),
            Cause::GateBroke { gate, .. } => format!("gate {gate} failed to answer"),
            other => other.to_string(),
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cause::GateSaidNo { gate, kind, reason } => {
                write!(f, "{kind} {gate} said no: {reason}")
            }
            Cause::HeldTooLong { gate, reason } => {
                write!(
                    f,
                    "gate {gate} held until its deadline, and never said no: {reason}"
                )
            }
            Cause::GateBroke { gate, failure } => write!(f, "gate {gate} failed: {failure}"),
            Cause::NotReady(reason) => write!(f, "the canary is not ready: {reason}"),
            Cause::Platform(reason) => f.write_str(reason),
            Cause::Cancelled(by) => write!(f, "cancelled by {by}"),
            Cause::PauseOver(reason) => f.write_str(reason),
            Cause::Undone(by) => write!(f, "a person takes the promotion back ({by})"),
            Cause::EndedElsewhere(how) => write!(f, "ended from elsewhere by {how}"),
            Cause::StableInactive(name) => {
                write!(
                    f,
                    "stable revision {name} is not active, so its traffic fails"
                )
            }
            Cause::OutOfTime(reason) => write!(f, "out of time: {reason}"),
            Cause::JournalLost(reason) => write!(f, "the journal cannot be written: {reason}"),
            Cause::Abandoned(reason) => write!(f, "abandoned: {reason}"),
        }
    }
}
