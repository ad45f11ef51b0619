//! The facts of a run: what has happened, never what is to happen.
//!
//! This is also the format of what the journal and `--output json` have of them. A change that an older reader would not
//! understand needs a new [`EVENT_SCHEMA`] and a new golden file in `tests/`.

use std::fmt;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::inspection::{Inspection, RevisionState};
use crate::lease::Lease;
use crate::note::Ended;
use crate::traffic::{Traffic, Weight};
use crate::verdict::{GateAnswer, Kind};

/// The name and version of the format of events. A reader refuses every other one.
pub const EVENT_SCHEMA: &str = "lockgate.event/1";

/// Milliseconds since this process of the run began, on a clock that never goes back (I-18).
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(transparent)]
pub struct Timestamp(pub u64);

impl Timestamp {
    /// Returns this time plus `later`, at most `u64::MAX` milliseconds.
    #[must_use]
    pub fn after(self, later: Duration) -> Timestamp {
        let ms = u64::try_from(later.as_millis()).unwrap_or(u64::MAX);
        Timestamp(self.0.saturating_add(ms))
    }

    /// Returns the duration from this time to `later`; zero when `later` is past.
    pub fn until(self, later: Timestamp) -> Duration {
        Duration::from_millis(later.0.saturating_sub(self.0))
    }
}

/// A fact with its time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Event {
    /// When the fact was known.
    #[serde(rename = "at-ms")]
    pub at: Timestamp,
    /// What has happened.
    #[serde(flatten)]
    pub fact: Fact,
}

/// What has happened.
#[expect(
    clippy::large_enum_variant,
    reason = "facts are handed on one at a time, and a box would be in the way of whoever matches them"
)]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(
    tag = "event",
    content = "detail",
    rename_all = "kebab-case",
    rename_all_fields = "kebab-case"
)]
pub enum Fact {
    /// The app was read, stable and canary resolved.
    Inspected {
        /// What was found.
        inspection: Box<Inspection>,
    },
    /// The run cannot begin.
    Refused {
        /// The reason, as a sentence for people.
        reason: String,
    },
    /// The app has no lease to follow.
    NoLease {
        /// The traffic array.
        traffic: Traffic,
        /// False while the platform is still applying a write, which may carry a lease.
        settled: bool,
    },
    /// The canary can serve.
    Ready,
    /// The canary cannot serve yet.
    NotReady {
        /// What is missing.
        reason: String,
        /// True when the revision will not become ready by itself.
        finally: bool,
    },
    /// Gates were asked.
    Answered {
        /// The kind of question.
        kind: Kind,
        /// The answers, one for each gate that was asked, in the plan's order.
        answers: Vec<GateAnswer>,
    },
    /// A gate has answered that decides nothing.
    Advised {
        /// The kind of question.
        kind: Kind,
        /// The stage that the question was about, as a gate that decides is asked about it.
        stage: u32,
        /// The canary's weight when it was asked.
        weight: Weight,
        /// The answer.
        answer: GateAnswer,
    },
    /// The run has gone on without the answer of a gate that decides nothing, and its call was stopped. Neither the gate nor
    /// the host has failed.
    Unanswered {
        /// The kind of question.
        kind: Kind,
        /// The stage that the question was about.
        stage: u32,
        /// The canary's weight when it was asked.
        weight: Weight,
        /// The gate's name in the configuration.
        gate: String,
        /// How long the call had taken, in milliseconds.
        after_ms: u64,
    },
    /// A wait ended.
    Waited,
    /// The app was read.
    Observed {
        /// The traffic array.
        traffic: Traffic,
        /// The lease, if the app has one.
        lease: Option<Lease>,
        /// What the last `abort` or `recover` has left, if anything.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ended: Option<Ended>,
        /// The state of the stable revision, if it was read.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stable: Option<RevisionState>,
        /// False while the platform is still applying a write.
        settled: bool,
    },
    /// The app could not be read.
    Unobserved {
        /// The reason, as a sentence for people.
        reason: String,
    },
    /// A write was sent and the platform reports it as done. Only a read proves it.
    Written,
    /// A write was refused; nothing changed.
    WriteRefused {
        /// The reason, as a sentence for people.
        reason: String,
    },
    /// A write was not taken; nothing changed, and a later one may be taken.
    WriteNotNow {
        /// The reason, as a sentence for people.
        reason: String,
        /// The pause that the platform asks for, in milliseconds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pause_ms: Option<u64>,
    },
    /// A write was sent and its outcome is unknown: it may have landed, or may land later.
    WriteUnknown {
        /// The reason, as a sentence for people.
        reason: String,
    },
    /// A write of unknown outcome was answered after all: it cannot land any more.
    LateAnswer {
        /// True when the platform reports it as done. Only a read proves it.
        applied: bool,
    },
    /// A request to activate the stable revision was accepted.
    Activated,
    /// A request to activate the stable revision failed; it may have had its effect.
    NotActivated {
        /// The reason, as a sentence for people.
        reason: String,
    },
    /// The run is asked to end: by a person, a signal, the parent's death, a closed output.
    CancelRequested {
        /// The person or event that asks.
        by: String,
        /// True when the process is about to be killed, so that a rollback has only moments left.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        hurry: bool,
    },
    /// The journal can no longer be written.
    JournalLost {
        /// The reason, as a sentence for people.
        reason: String,
    },
}

impl Fact {
    /// Returns the fact's name in the journal.
    pub fn name(&self) -> &'static str {
        match self {
            Fact::Inspected { .. } => "inspected",
            Fact::Refused { .. } => "refused",
            Fact::NoLease { .. } => "no-lease",
            Fact::Ready => "ready",
            Fact::NotReady { .. } => "not-ready",
            Fact::Answered { .. } => "answered",
            Fact::Advised { .. } => "advised",
            Fact::Unanswered { .. } => "unanswered",
            Fact::Waited => "waited",
            Fact::Observed { .. } => "observed",
            Fact::Unobserved { .. } => "unobserved",
            Fact::Written => "written",
            Fact::WriteRefused { .. } => "write-refused",
            Fact::WriteNotNow { .. } => "write-not-now",
            Fact::WriteUnknown { .. } => "write-unknown",
            Fact::LateAnswer { .. } => "late-answer",
            Fact::Activated => "activated",
            Fact::NotActivated { .. } => "not-activated",
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
