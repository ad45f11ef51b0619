//! The facts of a run: what happened, never what shall happen.
//!
//! This is also the journal's format. A change of it is a new [`JOURNAL_VERSION`] and a new golden file.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::inspection::Inspection;
use crate::lease::Lease;
use crate::traffic::Traffic;
use crate::verdict::{GateAnswer, Kind};

/// The version of the journal's lines. A reader refuses any other.
pub const JOURNAL_VERSION: u32 = 3;

/// Milliseconds since the run began, on a clock that never goes back (I-18).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Timestamp(pub u64);

impl Timestamp {
    /// Returns the time `later` than this one; stops at the end of time instead of wrapping.
    #[must_use]
    pub fn after(self, later: Duration) -> Timestamp {
        let ms = u64::try_from(later.as_millis()).unwrap_or(u64::MAX);
        Timestamp(self.0.saturating_add(ms))
    }

    /// Returns how long it is from this time to `later`; zero when that is past.
    pub fn until(self, later: Timestamp) -> Duration {
        Duration::from_millis(later.0.saturating_sub(self.0))
    }
}

/// A fact with its time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// When it was known.
    pub at: Timestamp,
    /// What.
    pub fact: Fact,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fact {
    /// The app was read, stable and canary resolved.
    Inspected {
        /// What was found.
        inspection: Box<Inspection>,
    },
    /// The run cannot begin.
    Refused {
        /// Why, for people.
        reason: String,
    },
    /// The app carries no lease to follow.
    NoLease,
    /// The canary can serve.
    Ready,
    /// The canary cannot serve yet.
    NotReady {
        /// What is missing.
        reason: String,
        /// True when waiting will not help.
        finally: bool,
    },
    /// Gates were asked.
    Answered {
        /// Which question was put.
        kind: Kind,
        /// One for each gate that was asked, in the plan's order.
        answers: Vec<GateAnswer>,
    },
    /// A wait ended.
    Waited,
    /// The app was read.
    Observed {
        /// The traffic array.
        traffic: Traffic,
        /// The lease, if the app carries one.
        lease: Option<Lease>,
        /// False while the platform is still applying a write.
        settled: bool,
    },
    /// The app could not be read.
    Unobserved {
        /// Why.
        reason: String,
    },
    /// A write was sent and the platform says that it is done.
    Written,
    /// A write was refused; nothing changed.
    WriteRefused {
        /// Why.
        reason: String,
    },
    /// A write was sent and nobody knows what became of it.
    WriteUnknown {
        /// Why.
        reason: String,
    },
    /// Somebody wants the run to end: a person, a signal, the parent's death, a closed output.
    CancelRequested {
        /// Who or what.
        by: String,
    },
    /// The journal can no longer be written.
    JournalLost {
        /// Why.
        reason: String,
    },
}

impl Fact {
    /// Returns the fact's name in the journal.
    pub fn name(&self) -> &'static str {
        match self {
            Fact::Inspected { .. } => "inspected",
            Fact::Refused { .. } => "refused",
            Fact::NoLease => "no-lease",
            Fact::Ready => "ready",
            Fact::NotReady { .. } => "not-ready",
            Fact::Answered { .. } => "answered",
            Fact::Waited => "waited",
            Fact::Observed { .. } => "observed",
            Fact::Unobserved { .. } => "unobserved",
            Fact::Written => "written",
            Fact::WriteRefused { .. } => "write-refused",
            Fact::WriteUnknown { .. } => "write-unknown",
            Fact::CancelRequested { .. } => "cancel-requested",
            Fact::JournalLost { .. } => "journal-lost",
        }
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (minutes, seconds, tenths) = (
            self.0 / 60_000,
            self.0 % 60_000 / 1_000,
            self.0 % 1_000 / 100,
        );
        write!(f, "{minutes:02}:{seconds:02}.{tenths}")
    }
}
