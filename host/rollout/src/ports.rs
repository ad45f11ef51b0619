//! Every effect of the engine: the platform, the gates, the journal and the clock.
//!
//! The engine decides, [`crate::drive()`] performs through these traits, and nothing else touches the outside. An
//! implementation promises what the method docs say; the engine relies on no more.

use std::future::Future;
use std::time::Duration;

use crate::decide::{Intent, Purpose};
use crate::event::{Event, Timestamp};
use crate::inspection::Inspection;
use crate::lease::Lease;
use crate::traffic::Traffic;
use crate::verdict::{GateAnswer, Kind, Memory};

/// The service that runs the app and splits its traffic.
pub trait Platform: Sync {
    /// Reads the app and resolves stable and canary to one revision each. Writes nothing.
    ///
    /// For every intent but a rollout, stable and canary are the ones that the lease names.
    fn inspect(
        &self,
        intent: &Intent,
    ) -> impl Future<Output = Result<Inspection, InspectError>> + Send;

    /// Reads once whether a revision is provisioned, running and ready. Writes nothing.
    fn readiness(&self, revision: &str) -> impl Future<Output = Readiness> + Send;

    /// Reads the traffic array and the lease. Writes nothing.
    ///
    /// # Errors
    /// The reason as a sentence for people, after the adapter's own retries of a few seconds.
    fn observe(&self) -> impl Future<Output = Result<Observation, String>> + Send;

    /// Replaces the whole traffic array and the lease in one request, and waits until the platform has finished or
    /// refused it. The same write may be sent again at any time. Dropping the future leaves the outcome unknown: the
    /// write may still land.
    fn write(&self, change: Change<'_>) -> impl Future<Output = WriteOutcome> + Send;
}

/// One write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change<'a> {
    /// What the write is for.
    pub purpose: Purpose,
    /// The whole traffic array.
    pub traffic: &'a Traffic,
    /// The lease; `None` removes it.
    pub lease: Option<&'a Lease>,
    /// How long the credentials must stay valid after the write: for the stage and its rollback. A platform refuses a
    /// shift when they expire earlier (I-18).
    pub needs: Duration,
}

/// Why a run cannot begin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InspectError {
    /// The app is in a state in which lockgate must not touch it, or the choice of revisions is ambiguous. The text
    /// names the problem, lists the candidates and says what to type.
    #[error("{0}")]
    Refused(String),
    /// There is no lease to follow.
    #[error("the app carries no lease of a run")]
    NoLease,
    /// The platform could not be read. The text is the reason.
    #[error("{0}")]
    Unreadable(String),
}

/// Whether a revision can serve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Readiness {
    /// The revision is provisioned and running; its replicas are ready and do not restart.
    Ready,
    /// Not yet; the text says what is missing.
    NotYet(String),
    /// It will not become ready by itself; the text says why.
    Failed(String),
}

/// One read of the app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation {
    /// The traffic array.
    pub traffic: Traffic,
    /// The lease, if any.
    pub lease: Option<Lease>,
    /// False while the platform is still applying a write, of this or another writer.
    pub settled: bool,
}

/// The outcome of a write, as far as its answer tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WriteOutcome {
    /// The platform reports the write as done. Only a read proves it.
    Applied,
    /// The platform refused the write and nothing changed; the text says why.
    Refused(String),
    /// The write may have been applied, or may be applied later; only a read shows it. The text says what failed.
    Unknown(String),
}

/// The gates of the plan, loaded and checked.
pub trait Gates: Sync {
    /// Asks several gates one question at the same time and returns one answer for each, in their order. Never fails:
    /// the answer of a gate that could not answer is a [`crate::GateFailure`].
    fn ask(&self, question: Question<'_>) -> impl Future<Output = Vec<GateAnswer>> + Send;
}

/// A question to gates.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The kind of question.
    pub kind: Kind,
    /// The names of the gates to ask.
    pub gates: &'a [String],
    /// The run's id.
    pub run: &'a str,
    /// The app and its two revisions.
    pub inspection: &'a Inspection,
    /// The stage that a pass would begin or continue, from 0; the number of stages after the last one's bake.
    pub stage: u32,
    /// The number of stages.
    pub stages: u32,
    /// The canary's weight now, 0 to 100.
    pub weight: u32,
    /// The canary's weight after a pass, 0 to 100.
    pub next_weight: u32,
    /// The number of times that this was asked at this stage, this time included.
    pub asked: u32,
    /// What the gates returned earlier in the run.
    pub memory: &'a Memory,
}

/// The durable list of the run's events.
pub trait Journal: Send {
    /// Appends one event and returns when the event survives a crash of the machine.
    ///
    /// # Errors
    /// The reason as a sentence for people. The event may or may not have been kept.
    fn append(&mut self, event: &Event) -> Result<(), String>;
}

/// The time of one process of a run. It starts at zero with the process and never goes back (I-18). A process that takes
/// a run over starts at zero again.
pub trait Clock: Sync {
    /// Returns the time since this process of the run began.
    fn now(&self) -> Timestamp;

    /// Returns the seconds since 1970, for the lease's expiry alone. No decision of the engine depends on it.
    fn unix_seconds(&self) -> u64;

    /// Completes when `now` has reached `until`; at once when that is past.
    fn sleep_until(&self, until: Timestamp) -> impl Future<Output = ()> + Send;
}
