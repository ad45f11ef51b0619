//! A long-running operation: the time between a 202 and the change being visible.
//! Its clock is the number of polls, or an optional duration; a stuck one has none.

use std::time::Duration;

use jiff::Timestamp;
use rand::RngExt;
use tokio::time::Instant;

use super::write::Change;

/// What will become of an operation, decided when it starts.
#[derive(Clone, Debug, Default)]
pub(crate) enum Fate {
    /// Its change is applied.
    #[default]
    Succeeds,
    /// Its change is dropped.
    Fails { code: String, message: String },
    /// It never ends.
    Stuck,
}

/// How an operation stands.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Status {
    InProgress,
    Succeeded,
    Failed { code: String, message: String },
}

/// One operation of one app.
#[derive(Debug)]
pub(crate) struct Operation {
    /// A UUID, which is also its last path segment.
    pub(crate) id: String,
    /// Goes into the query of its URLs and has to come back with them.
    pub(crate) signature: String,
    pub(crate) started: Timestamp,
    pub(crate) status: Status,
    pub(crate) fate: Fate,
    /// Taken when it ends.
    pub(crate) change: Option<Change>,
    polls_left: u32,
    settles: Option<Instant>,
}

impl Operation {
    /// Starts one that ends after `polls` polls, or at `settles` when that comes first.
    pub(crate) fn start(change: Change, fate: Fate, started: Timestamp, pace: &Pace) -> Self {
        Self {
            id: random_uuid(),
            signature: random_text(43),
            started,
            status: Status::InProgress,
            fate,
            change: Some(change),
            polls_left: pace.polls,
            settles: pace.settle.map(|settle| Instant::now() + settle),
        }
    }

    pub(crate) fn is_running(&self) -> bool {
        self.status == Status::InProgress
    }

    pub(crate) fn is_stuck(&self) -> bool {
        self.is_running() && matches!(self.fate, Fate::Stuck)
    }

    /// Returns whether it has run for its whole duration.
    pub(crate) fn is_due(&self, now: Instant) -> bool {
        self.is_running()
            && !matches!(self.fate, Fate::Stuck)
            && self.settles.is_some_and(|settles| now >= settles)
    }

    /// Counts a poll, and returns whether the operation ends with it.
    pub(crate) fn poll(&mut self) -> bool {
        if !self.is_running() || matches!(self.fate, Fate::Stuck) {
            return false;
        }
        let ends = self.polls_left == 0;
        self.polls_left = self.polls_left.saturating_sub(1);
        ends
    }
}

/// How long operations take.
#[derive(Clone, Debug)]
pub(crate) struct Pace {
    pub(crate) polls: u32,
    pub(crate) settle: Option<Duration>,
}

/// Returns letters and digits, for names and signatures.
pub(crate) fn random_text(length: usize) -> String {
    const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let mut source = rand::rng();
    (0..length)
        .map(|_| char::from(LETTERS[source.random_range(0..LETTERS.len())]))
        .collect()
}

/// Returns a random UUID in its usual form.
pub(crate) fn random_uuid() -> String {
    let number: u128 = rand::random();
    let digits = format!("{number:032x}");
    let (a, b, c, d, e) = (
        &digits[..8],
        &digits[8..12],
        &digits[12..16],
        &digits[16..20],
        &digits[20..],
    );
    format!("{a}-{b}-{c}-{d}-{e}")
}
