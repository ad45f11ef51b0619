//! The write that ends a run: compare, write, verify, until a deadline. Promoting, holding and rolling back share it.
//!
//! Responsible for which of the three steps is next. What a read means for the run is decided in `promoting`,
//! `holding` and `rolling_back`.

use std::time::Duration;

use super::action::Action;
use crate::event::Timestamp;

/// How far the write that ends a run is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FinalWrite {
    /// The step that is next.
    pub step: Step,
    /// The time at which the run stops trying.
    pub deadline: Timestamp,
    /// Nothing is done before this time.
    pub wait: Option<Timestamp>,
    /// The number of writes so far; stops counting where the pause between two writes stops growing.
    pub sent: u8,
}

/// A step of the write that ends a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// Read the app, to see that no other writer has changed it.
    Compare,
    /// Write.
    Write,
    /// Read the write back.
    Verify,
}

impl FinalWrite {
    /// Returns a final write of which nothing is done yet.
    pub(super) fn starting_with(step: Step, deadline: Timestamp) -> FinalWrite {
        FinalWrite {
            step,
            deadline,
            wait: None,
            sent: 0,
        }
    }

    /// Returns the action of the step that is next. `compare_within` limits the comparison alone: a write that was
    /// sent is always read back.
    pub(super) fn next_action(
        &self,
        compare_within: Option<Duration>,
        write: impl FnOnce() -> Action,
    ) -> Action {
        if let Some(until) = self.wait {
            return Action::Wait { until };
        }
        match self.step {
            Step::Compare => Action::Observe {
                within: compare_within,
            },
            Step::Write => write(),
            Step::Verify => Action::Observe { within: None },
        }
    }
}
