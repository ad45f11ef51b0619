//! The history of one app's document: every write that was accepted, in order, with who sent it, when it was received,
//! accepted and applied, and what the app looked like afterwards. A judge of races reads it. Bounded: drops the oldest
//! writes. Decides nothing, and must never hold an authorization header.

use std::collections::VecDeque;

use serde::Serialize;
use serde_json::Value;
use tokio::time::Instant;

/// Writes that are kept.
const WRITES_MAX: usize = 10_000;

/// Where a write comes from, as its call was logged.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct WriteOrigin {
    /// The number of the call in the request log; absent for a write that no call made.
    pub(crate) call: Option<u64>,
    /// The client that the call named, see `HttpCall::client`.
    pub(crate) client: String,
    pub(crate) method: String,
    pub(crate) path: String,
    /// The traffic array as it was sent; null if none was.
    pub(crate) traffic: Value,
    /// The tags as they were sent; null if none were.
    pub(crate) tags: Value,
    /// Milliseconds from the emulator's start until the call arrived.
    pub(crate) received_ms: u128,
}

/// One accepted write.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct AcceptedWrite {
    /// From 1, in order. Never reused.
    pub(crate) n: u64,
    #[serde(flatten)]
    pub(crate) origin: WriteOrigin,
    pub(crate) accepted_ms: u128,
    /// Absent while its operation is running.
    pub(crate) ended: Option<WriteEnd>,
}

/// How a write ended.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct WriteEnd {
    pub(crate) at_ms: u128,
    /// False if its operation failed.
    pub(crate) applied: bool,
    /// The app's traffic array from then on.
    pub(crate) traffic: Value,
    /// The app's tags from then on.
    pub(crate) tags: Value,
}

/// The writes of one app, oldest first. Only the last one can be running.
#[derive(Debug)]
pub(crate) struct History {
    start: Instant,
    writes: VecDeque<AcceptedWrite>,
    accepted: u64,
    applied: u64,
}

impl History {
    /// Times are counted from `start`.
    pub(crate) fn new(start: Instant) -> Self {
        Self {
            start,
            writes: VecDeque::new(),
            accepted: 0,
            applied: 0,
        }
    }

    pub(crate) fn accept(&mut self, origin: WriteOrigin, now: Instant) {
        self.accepted += 1;
        if self.writes.len() == WRITES_MAX {
            self.writes.pop_front();
        }
        self.writes.push_back(AcceptedWrite {
            n: self.accepted,
            origin,
            accepted_ms: self.ms(now),
            ended: None,
        });
    }

    /// Notes the end of the last write, and what the app is like from then on.
    pub(crate) fn end(&mut self, at: Instant, applied: bool, traffic: Value, tags: Value) {
        let at_ms = self.ms(at);
        if applied {
            self.applied = self.accepted;
        }
        if let Some(last) = self.writes.back_mut() {
            last.ended = Some(WriteEnd {
                at_ms,
                applied,
                traffic,
                tags,
            });
        }
    }

    /// Returns the number of the write that the app shows; 0 before the first one.
    pub(crate) fn applied(&self) -> u64 {
        self.applied
    }

    pub(crate) fn writes(&self) -> &VecDeque<AcceptedWrite> {
        &self.writes
    }

    /// Returns the milliseconds from the start until `at`.
    pub(crate) fn ms(&self, at: Instant) -> u128 {
        at.saturating_duration_since(self.start).as_millis()
    }
}
