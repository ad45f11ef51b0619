//! Every effect of the engine: the platform, the gates, the journal and the clock.
//!
//! The engine decides, [`crate::drive()`] performs through these traits, and nothing else touches the outside. An
//! implementation promises what the method docs say; the engine relies on no more.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use crate::decide::{Intent, Purpose};
use crate::event::{Event, Fact, Timestamp};
use crate::inspection::{Inspection, RevisionState};
use crate::lease::Lease;
use crate::note::{Ended, Note};
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

    /// Reads the traffic array and the lease, and the state of `stable` where a name is given. Writes nothing.
    ///
    /// # Errors
    /// The reason as a sentence for people, after the adapter's own retries of a few seconds. A revision whose state
    /// cannot be read is no error.
    fn observe(
        &self,
        stable: Option<&str>,
    ) -> impl Future<Output = Result<Observation, String>> + Send;

    /// Replaces the whole traffic array and the lease in one request, and waits until the platform has finished or
    /// refused it. Sends the request once: whoever sends it again compares first (I-19). Dropping the future leaves the
    /// outcome unknown: the write may still land.
    fn write(&self, change: Change<'_>) -> impl Future<Output = WriteOutcome> + Send;

    /// Makes an inactive revision active. Does not wait until it runs; may be sent again at any time.
    ///
    /// # Errors
    /// The reason as a sentence for people. The request may have had its effect.
    fn activate(&self, revision: &str) -> impl Future<Output = Result<(), String>> + Send;

    /// Returns the seconds since 1970 on the platform's clock, as far as its answers have shown it; the machine's clock
    /// before the first one. For the times in a lease: no decision about traffic depends on it.
    fn unix_seconds(&self) -> u64;
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
    /// What is left on the app. [`Ended`] is taken away by every write that does not leave it; the other notes stay.
    pub note: Option<&'a Note>,
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
    /// There is no lease to follow, or nothing left to undo; with what the app has.
    #[error("the app carries no lease of a run")]
    NoLease(Box<Observation>),
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
    /// What the last `abort` or `recover` has left, if anything.
    pub ended: Option<Ended>,
    /// The state of the stable revision; `None` when it was not asked for or could not be read.
    pub stable: Option<RevisionState>,
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
    /// The platform did not take the write now, and nothing changed: it is busy with another change, limits the rate of
    /// requests, or could not be reached. A later one may be taken.
    NotNow {
        /// The reason, as a sentence for people.
        reason: String,
        /// The pause that the platform asks for.
        pause: Option<Duration>,
    },
    /// The write may have been applied, or may be applied later; only a read shows it. The text says what failed.
    Unknown(String),
}

/// The gates of the plan, loaded and checked.
pub trait Gates: Sync {
    /// Asks several gates one question at the same time and returns one answer for each, in their order. Never fails:
    /// the answer of a gate that could not answer is a [`crate::GateFailure`].
    fn ask(&self, question: Question<'_>) -> impl Future<Output = Vec<GateAnswer>> + Send;

    /// Asks gates that decide nothing. Nothing waits for the answers, and dropping the future stops the calls. An
    /// implementation for a real run sees to it that what they compute holds up nothing else.
    fn advise(&self, question: Question<'_>) -> impl Future<Output = Vec<GateAnswer>> + Send {
        self.ask(question)
    }
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
    /// Since when the canary has its weight, in seconds since 1970 on the platform's clock; since the run began, before
    /// the first stage.
    pub weight_since: u64,
    /// The time of the question, in seconds since 1970 on the platform's clock.
    pub now: u64,
    /// What the gates returned earlier in the run.
    pub memory: &'a Memory,
}

/// The durable list of the run's events.
pub trait Journal: Send {
    /// Hands one event over. Never waits.
    fn append(&mut self, event: &Event);

    /// Completes when every event that was handed over survives a crash of the machine. Dropping the future loses
    /// nothing.
    ///
    /// # Errors
    /// The reason as a sentence for people: when an event cannot be kept, or is not kept within the adapter's limit of
    /// a few seconds. It may be kept all the same.
    fn kept(&mut self) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send + '_>>;
}

/// A request to end a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CancelRequest {
    /// The person or event that asks.
    pub by: String,
    /// True when the process is about to be killed: a rollback that has begun has only moments left.
    pub hurry: bool,
}

/// Writes who asks.
impl fmt::Display for CancelRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.by)
    }
}

impl CancelRequest {
    pub(crate) fn into_fact(self) -> Fact {
        let CancelRequest { by, hurry } = self;
        Fact::CancelRequested { by, hurry }
    }
}

/// The time of one process of a run. It starts at zero with the process and never goes back (I-18). A process that takes
/// a run over starts at zero again.
pub trait Clock: Sync {
    /// Returns the time since this process of the run began.
    fn now(&self) -> Timestamp;

    /// Completes when `now` has reached `until`; at once when that is past.
    fn sleep_until(&self, until: Timestamp) -> impl Future<Output = ()> + Send;
}
