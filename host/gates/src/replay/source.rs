//! What a replayed call is answered from: exchanges, randomness and readings, recorded or written.

use super::revision_origins::origin;
use crate::outside::environment::{Readings, StandingTraffic};
use crate::outside::randomness::Seed;
use crate::per_revision::PerRevision;
use crate::recording::{Exchange, Outcome, Recording};

/// The source of all that a replayed call reads.
#[derive(Debug, Clone)]
pub struct ReplaySource {
    /// The exchanges to answer from, in order.
    pub entries: Vec<Exchange>,
    /// The origins that the revisions had when the exchanges were recorded.
    pub recorded_at: PerRevision<String>,
    /// The seed of the call's randomness.
    pub seed: Seed,
    /// What the call reads beside HTTP; after the last reading, time is virtual.
    pub readings: Readings,
    /// The platform's slices, where they stand as they are; otherwise those of the readings.
    pub traffic: Option<StandingTraffic>,
    /// The order in which requests must come.
    pub order: RequestOrder,
    /// What becomes of a request that comes more often than it was recorded.
    pub repeats: Repeats,
    /// The outcome of every request that no entry matches. With it, no request is missed.
    pub otherwise: Option<Outcome>,
}

/// The order in which the requests of a replayed call must come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestOrder {
    /// Any order: equal requests get their responses in recorded order.
    Any,
    /// The recorded order.
    Recorded,
}

/// What becomes of a request that comes more often than it was recorded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Repeats {
    /// It is a miss: nobody knows what the answer would have been.
    #[default]
    Missed,
    /// It gets the answer of its last entry again, and is counted.
    AnsweredAgain,
}

impl ReplaySource {
    /// Returns the source that a recording is. In a recording of another tool, the first entry's origin is taken for that
    /// of both revisions.
    pub fn of(recording: &Recording) -> ReplaySource {
        let first = recording.entries.iter().find(|entry| !entry.url.is_empty());
        let first = first.and_then(|entry| origin(&entry.url));
        let call = recording.call.as_ref();
        ReplaySource {
            entries: recording.entries.clone(),
            recorded_at: match call {
                Some(call) => PerRevision {
                    stable: call.ask.stable.url.clone(),
                    canary: call.ask.canary.url.clone(),
                },
                None => PerRevision {
                    stable: first.clone().unwrap_or_default(),
                    canary: first.unwrap_or_default(),
                },
            },
            seed: call.map_or_else(|| Seed::from_text("lockgate"), |call| call.seed.clone()),
            readings: call.map(|call| call.readings.clone()).unwrap_or_default(),
            traffic: None,
            order: RequestOrder::Any,
            repeats: Repeats::Missed,
            otherwise: None,
        }
    }
}
