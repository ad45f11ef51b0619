//! The question, as far as the gate looks at it.

use evidence::{Phase, Question};
use lockgate_gate::Stage;

/// Where the rollout is, and when.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Asked {
    /// The stage that a pass would begin or continue.
    pub index: u32,
    /// The number of stages.
    pub total: u32,
    /// The canary's present weight.
    pub weight: u32,
    /// Its weight after a pass.
    pub next_weight: u32,
    /// Since when it has its weight, in Unix seconds of the platform's clock.
    pub weight_since_s: f64,
    /// The time of the call on the same clock.
    pub now_s: f64,
    /// Whether stable and canary are one revision.
    pub same_revision: bool,
}

impl Asked {
    /// Returns the question of a call.
    pub fn of(stage: &Stage, same_revision: bool) -> Asked {
        Asked {
            index: stage.index,
            total: stage.total,
            weight: stage.weight,
            next_weight: stage.next_weight,
            weight_since_s: stage.weight_since_s,
            now_s: stage.now_s,
            same_revision,
        }
    }

    /// Returns where the rollout is.
    pub fn phase(&self) -> Phase {
        Phase::of(self.index, self.total, self.weight, self.next_weight)
    }

    /// Returns for how long the canary has its weight, in seconds.
    pub fn at_weight_s(&self) -> f64 {
        (self.now_s - self.weight_since_s).max(0.0)
    }

    /// Returns what the decision table looks at, where nothing new was counted since that time.
    pub(crate) fn question(&self, since: f64) -> Question {
        Question {
            phase: self.phase(),
            same_revision: self.same_revision,
            next_weight: self.next_weight,
            at_weight_s: self.at_weight_s(),
            silent_s: (self.now_s - since).max(0.0),
        }
    }
}

/// The names of the two revisions.
#[derive(Debug, Clone, Copy)]
pub struct Names<'a> {
    /// The stable's.
    pub stable: &'a str,
    /// The canary's.
    pub canary: &'a str,
}
