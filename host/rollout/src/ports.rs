//! Every effect there is: the platform, the gates, the journal and the clock.
//!
//! The engine decides, [`crate::drive()`] performs through these, and nothing else touches the world. Implementations
//! promise what the method docs say; the engine relies on no more.

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
    /// Reads the app and says who is who. Writes nothing.
    ///
    /// For a rollout it resolves stable and canary to one revision each. Every other run follows the lease: who is
    /// who was settled when it was written.
    fn inspect(
        &self,
        intent: &Intent,
    ) -> impl Future<Output = Result<Inspection, InspectError>> + Send;

    /// Reads once whether a revision is provisioned, running and ready. Writes nothing.
    fn readiness(&self, revision: &str) -> impl Future<Output = Readiness> + Send;

    /// Reads the traffic array and the lease. Writes nothing.
    ///
    /// # Errors
    /// A sentence for people, after retries within the adapter's own bound of a few seconds.
    fn observe(&self) -> impl Future<Output = Result<Observation, String>> + Send;

    /// Replaces the whole traffic array and the lease in one request, and waits until the platform has finished or
    /// refused it. Repeating it is harmless. Dropping the future leaves the outcome unknown: the write may still
    /// land.
    fn write(&self, change: Change<'_>) -> impl Future<Output = WriteOutcome> + Send;
}

/// One write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change<'a> {
    /// What it is for.
    pub purpose: Purpose,
    /// The whole array.
    pub traffic: &'a Traffic,
    /// The lease; `None` removes it.
    pub lease: Option<&'a Lease>,
    /// How long the platform must be reachable with today's identity after it: the stage and its rollback. A shift
    /// that would outlive its identity is to be refused (I-18).
    pub needs: Duration,
}

/// Why a run cannot begin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InspectError {
    /// The app is not in a state in which lockgate may touch it, or the choice of revisions is not unambiguous.
    /// The text names the thing, lists the candidates and says what to type.
    #[error("{0}")]
    Refused(String),
    /// There is no lease to follow.
    #[error("the app carries no lease of a run")]
    NoLease,
    /// The platform could not be read.
    #[error("{0}")]
    Unreadable(String),
}

/// Whether a revision can serve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Readiness {
    /// Provisioned, running, its replicas ready and not restarting.
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
    /// False while the platform is still applying a write (of anybody).
    pub settled: bool,
}

/// What became of a write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WriteOutcome {
    /// The platform says that it is done. Only a read proves it.
    Applied,
    /// The platform refused it and nothing changed; the text says why.
    Refused(String),
    /// Nobody knows: it may have been applied, or may be later. Only a read tells.
    Unknown(String),
}

/// The gates of the plan, loaded and checked.
pub trait Gates: Sync {
    /// Puts one question to several gates at once and returns one answer for each, in their order. Never fails:
    /// what a gate cannot answer is a [`crate::GateFailure`] in its place.
    fn ask(&self, question: Question<'_>) -> impl Future<Output = Vec<GateAnswer>> + Send;
}

/// A question to gates.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// Which of the two questions.
    pub kind: Kind,
    /// Whom to ask, by name.
    pub gates: &'a [String],
    /// The run's id.
    pub run: &'a str,
    /// Who is who.
    pub inspection: &'a Inspection,
    /// The stage that a pass would begin or continue, from 0; the number of stages after the last one's bake.
    pub stage: u32,
    /// The number of stages.
    pub stages: u32,
    /// The canary's weight now, 0 to 100.
    pub weight: u32,
    /// The weight a pass leads to.
    pub next_weight: u32,
    /// 1 the first time that this is asked at this stage.
    pub asked: u32,
    /// What earlier answers left behind.
    pub memory: &'a Memory,
}

/// The durable list of what happened.
pub trait Journal: Send {
    /// Appends one event and returns when it would survive a crash of the machine.
    ///
    /// # Errors
    /// A sentence for people. The event may or may not have been kept.
    fn append(&mut self, event: &Event) -> Result<(), String>;
}

/// The run's own time: it never goes back, and goes on from the last event when a run is taken up again.
pub trait Clock: Sync {
    /// Returns the time since the run began.
    fn now(&self) -> Timestamp;

    /// Returns the seconds since 1970, for the lease alone: no decision hangs on it.
    fn unix_seconds(&self) -> u64;

    /// Returns when `now` has reached `until`; at once when it is past.
    fn sleep_until(&self, until: Timestamp) -> impl Future<Output = ()> + Send;
}
