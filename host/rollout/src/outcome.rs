//! How a run ends, and why it was rolled back.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::verdict::{GateFailure, Kind};

/// The end of a run. What it says about traffic is what the last verified read showed (I-1).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The canary serves everything.
    Promoted,
    /// The baseline stands, verified by reading back.
    RolledBack(Cause),
    /// The run is frozen at its weight and the lease is kept.
    Held {
        /// The weight in per cent.
        weight: u32,
        /// Who held and why.
        reason: String,
    },
    /// A rollback was sent (or nothing was written at all) and what stands now could not be read.
    Unverified {
        /// Why the run was to be rolled back.
        cause: Cause,
        /// What kept it from being verified.
        problem: String,
    },
    /// Neither forward nor back: a person must act.
    Stuck {
        /// Why the run was to be rolled back; `None` when it was to be promoted.
        cause: Option<Cause>,
        /// What stands in the way.
        problem: String,
    },
    /// Nothing was begun and nothing written.
    Refused(String),
    /// Somebody else changed the traffic or took the run over; lockgate keeps its hands off.
    Superseded(String),
    /// There was no run to abort or recover, and nothing was written.
    Idle,
}

/// Why a run is rolled back.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// A gate said no.
    GateSaidNo {
        /// The gate's name.
        gate: String,
        /// Which question it answered.
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
        /// Why it could not.
        failure: GateFailure,
    },
    /// The canary did not become ready.
    NotReady(String),
    /// The platform refused, did not answer, or did not do what it said.
    Platform(String),
    /// Somebody wanted the run to end.
    Cancelled(String),
    /// The rest of the plan does not fit the time that is left.
    OutOfTime(String),
    /// The journal could no longer be written.
    JournalLost(String),
    /// The run's process is gone; another one cleaned up after it.
    Abandoned(String),
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cause::GateSaidNo { gate, kind, reason } => {
                write!(f, "{kind} {gate} said no: {reason}")
            }
            Cause::HeldTooLong { gate, reason } => {
                write!(f, "gate {gate} held until its deadline: {reason}")
            }
            Cause::GateBroke { gate, failure } => write!(f, "gate {gate} failed: {failure}"),
            Cause::NotReady(reason) => write!(f, "the canary is not ready: {reason}"),
            Cause::Platform(reason) => f.write_str(reason),
            Cause::Cancelled(by) => write!(f, "cancelled by {by}"),
            Cause::OutOfTime(reason) => write!(f, "out of time: {reason}"),
            Cause::JournalLost(reason) => write!(f, "the journal cannot be written: {reason}"),
            Cause::Abandoned(reason) => write!(f, "abandoned: {reason}"),
        }
    }
}
