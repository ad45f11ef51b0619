//! The write that ends a run: compare, write, verify, until a deadline. Promoting, holding and rolling back share it.
//!
//! Responsible for which of the three steps is next. What a read means for the run is decided in `promoting`,
//! `holding` and `rolling_back`.

use std::time::Duration;

use super::action::{Action, ReadStable};
use crate::event::{Fact, Timestamp};

/// How far the write that ends a run is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FinalWrite {
    /// The step that is next.
    pub step: Step,
    /// The time from which on the first write does not wait any more for a platform that applies somebody else's.
    pub settle_until: Timestamp,
    /// The time at which the run stops trying.
    pub deadline: Timestamp,
    /// Nothing is done before this time.
    pub wait: Option<Timestamp>,
    /// Nothing is written before this time: the platform asked for a pause.
    pub write_at: Option<Timestamp>,
    /// The number of writes so far; stops counting where the pause between two writes stops growing.
    pub sent: u8,
}

/// A step of the write that ends a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// Read the app, to see that no other writer has changed it.
    Compare,
    /// Activate the stable revision before its traffic is restored.
    Activate,
    /// Activate the stable revision, which does not serve the traffic that was restored to it.
    Reactivate,
    /// Write.
    Write,
    /// Read the write back.
    Verify,
    /// Leave a note on an app to which the run has written nothing.
    Mark,
}

impl FinalWrite {
    /// Returns a final write of which nothing is done yet.
    pub(super) fn starting_with(step: Step, deadline: Timestamp) -> FinalWrite {
        FinalWrite {
            step,
            settle_until: deadline,
            deadline,
            wait: None,
            write_at: None,
            sent: 0,
        }
    }

    /// Returns the action of the step that is next. `compare_within` limits the comparison alone: a write that was
    /// sent is always read back. `stable` says whether the state of the stable revision is read too.
    pub(super) fn next_action(
        &self,
        compare_within: Option<Duration>,
        stable: ReadStable,
        write: impl FnOnce() -> Action,
    ) -> Action {
        if let Some(until) = self.wait {
            return Action::Wait { until };
        }
        match self.step {
            Step::Compare => Action::Observe {
                within: compare_within,
                stable: ReadStable::No,
            },
            Step::Activate | Step::Reactivate => Action::Activate,
            Step::Write | Step::Mark => write(),
            Step::Verify => Action::Observe {
                within: None,
                stable,
            },
        }
    }

    /// Takes note of a write that was not taken, and of the pause that the platform asks for.
    pub(super) fn note_pause(&mut self, fact: &Fact, at: Timestamp) {
        self.sent = self.sent.saturating_add(1).min(LONGEST_PAUSE_AFTER);
        if let Fact::WriteNotNow {
            pause_ms: Some(pause),
            ..
        } = fact
        {
            self.write_at = Some(at.after(Duration::from_millis(*pause)));
        }
    }

    /// Returns when the next write may be sent: soon after the first one, then with growing pauses, since what refuses
    /// it (a busy app, a lost permission) seldom passes in a moment; not before the platform's own pause is over, and
    /// never after the deadline.
    pub(super) fn next_write(&self, poll: Duration, at: Timestamp) -> Timestamp {
        let soonest = at.after(growing_pause(poll, self.sent));
        let asked = self.write_at.unwrap_or(soonest);
        soonest.max(asked).min(self.deadline.max(at))
    }
}

/// After this number of writes the pause between two of them stays the same: ten polls.
pub(super) const LONGEST_PAUSE_AFTER: u8 = 5;

/// Returns the pause after this number of writes that did not have their effect.
pub(super) fn growing_pause(poll: Duration, sent: u8) -> Duration {
    let polls = match sent {
        0 | 1 => 1,
        2 => 2,
        3 => 4,
        4 => 8,
        _ => 10,
    };
    poll.saturating_mul(polls)
}
