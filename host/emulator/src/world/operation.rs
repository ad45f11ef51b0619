//! A long-running operation: the time between a 202 and the moment when the change shows.
//! It ends after a number of polls, or after an optional duration; a stuck one never ends.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::change::AppChange;
use crate::ids::{random_text, random_uuid};

/// How an operation will end, decided when it starts.
#[derive(Clone, Debug, Default)]
pub(crate) enum PlannedOutcome {
    /// Its change is applied.
    #[default]
    Succeeds,
    /// Its change is dropped.
    Fails { code: String, message: String },
    /// It never ends.
    Stuck,
}

/// The status that a poll shows.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum OperationStatus {
    InProgress,
    Succeeded,
    Failed { code: String, message: String },
}

/// One operation of one app.
#[derive(Debug)]
pub(crate) struct Operation {
    /// A UUID, which is the last path segment of its URLs.
    pub(crate) id: String,
    /// Part of the query of its URLs; a read must carry it.
    pub(crate) signature: String,
    pub(crate) started: Timestamp,
    pub(crate) status: OperationStatus,
    pub(crate) outcome: PlannedOutcome,
    /// Taken when the operation ends.
    pub(crate) change: Option<AppChange>,
    polls_left: u32,
    ends_at: Option<Instant>,
}

impl Operation {
    /// Starts an operation that ends after the given polls, or after the given time if that is
    /// earlier.
    pub(crate) fn start(
        change: AppChange,
        outcome: PlannedOutcome,
        started: Timestamp,
        duration: &OperationDuration,
    ) -> Self {
        Self {
            id: random_uuid(),
            signature: random_text(43),
            started,
            status: OperationStatus::InProgress,
            outcome,
            change: Some(change),
            polls_left: duration.polls,
            ends_at: duration.time.map(|time| Instant::now() + time),
        }
    }

    pub(crate) fn is_running(&self) -> bool {
        self.status == OperationStatus::InProgress
    }

    pub(crate) fn is_stuck(&self) -> bool {
        self.is_running() && matches!(self.outcome, PlannedOutcome::Stuck)
    }

    /// Returns whether the operation has run for its whole duration.
    pub(crate) fn is_due(&self, now: Instant) -> bool {
        self.is_running() && !self.is_stuck() && self.ends_at.is_some_and(|end| now >= end)
    }

    /// Returns when the operation ended, if it has ended by now: no later than it was due.
    pub(crate) fn end_time(&self, now: Instant) -> Instant {
        self.ends_at.map_or(now, |due| due.min(now))
    }

    /// Counts a poll, and returns whether the operation ends with it.
    pub(crate) fn poll(&mut self) -> bool {
        if !self.is_running() || self.is_stuck() {
            return false;
        }
        let ends = self.polls_left == 0;
        self.polls_left = self.polls_left.saturating_sub(1);
        ends
    }
}

/// How long operations take.
#[derive(Clone, Debug)]
pub(crate) struct OperationDuration {
    /// Polls that show `InProgress` before the poll that ends the operation.
    pub(crate) polls: u32,
    /// The time after which an operation ends without a poll; absent if only polls end it.
    pub(crate) time: Option<Duration>,
}
