//! The phases of a run: each says what is already true in it.

use crate::event::Timestamp;
use crate::lease::{Lease, LeaseState};
use crate::outcome::{Cause, Outcome};
use crate::traffic::Weight;
use crate::verdict::Kind;

/// Where a run stands. The whole of its control state is in here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Phase {
    /// Nothing is known of the app yet.
    Preflight,
    /// Stable and canary are resolved; the canary must become ready. Nothing is written.
    Readiness {
        /// Since when.
        since: Timestamp,
        /// Not to be read again before.
        wait: Option<Timestamp>,
    },
    /// The canary carries what the stage before gave it, verified and baked; gates are asked about the next.
    Gating(Gating),
    /// The gates agreed; the stage's weights are to be written.
    Shifting {
        /// The stage, from 0.
        stage: usize,
        /// True once the app was found as the run left it.
        compared: bool,
        /// Since when.
        since: Timestamp,
        /// Not to be read again before.
        wait: Option<Timestamp>,
    },
    /// The stage's weights were sent; they are to be read back.
    Verifying {
        /// The stage, from 0.
        stage: usize,
        /// Since when.
        since: Timestamp,
        /// Not to be read again before.
        wait: Option<Timestamp>,
    },
    /// The stage's weights stand, verified.
    Baking(Baking),
    /// Every stage is baked and every check passed; the lease is to be cleared.
    Promoting(Closing),
    /// A gate held too long and the plan says freeze; the lease is to be marked.
    Held {
        /// The stage that stands, from 0.
        stage: usize,
        /// Who held and why.
        reason: String,
        /// How far the marking is.
        closing: Closing,
    },
    /// The baseline is to be restored, or, when nothing was written, to be found untouched.
    RollingBack {
        /// Why.
        cause: Cause,
        /// How far it is. Its deadline only ever moves closer.
        closing: Closing,
    },
    /// Over.
    Ended(Outcome),
}

/// Gates are being asked before a stage, or after the last one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gating {
    /// The stage that a pass begins, from 0; the number of stages after the last bake.
    pub stage: usize,
    /// The question that is next.
    pub kind: Kind,
    /// Since when gates are asked here.
    pub since: Timestamp,
    /// Questions put so far: health checks.
    pub asked_health: u32,
    /// Questions put so far: promotion gates.
    pub asked_promotion: u32,
    /// Rounds in a row in which a gate could not answer.
    pub failures: u32,
    /// Not to be asked again before.
    pub wait: Option<Timestamp>,
}

/// A stage bakes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Baking {
    /// The stage, from 0.
    pub stage: usize,
    /// When the bake is over.
    pub until: Timestamp,
    /// Health checks put so far in this bake.
    pub asked: u32,
    /// Rounds in a row in which a gate could not answer.
    pub failures: u32,
    /// Since when a health check cannot tell.
    pub held_since: Option<Timestamp>,
    /// Not to be asked again before.
    pub wait: Option<Timestamp>,
}

/// The steps of a write that ends a run: compare, write, verify.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closing {
    /// The step that is next.
    pub step: Step,
    /// When trying ends.
    pub deadline: Timestamp,
    /// Nothing is to be done before.
    pub wait: Option<Timestamp>,
    /// How often it was written, as far as the pauses between two writes go.
    pub sent: u8,
}

/// A step of a closing write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Read, to see that nobody else was here.
    Compare,
    /// Write.
    Write,
    /// Read back.
    Verify,
}

/// What a traffic array is, seen from the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sight {
    /// The baseline.
    Baseline,
    /// A split between stable and canary, at this weight.
    Split(Weight),
    /// Nothing that the run ever writes.
    Foreign,
}

/// A write of stage weights whose outcome nobody knows: it may land after a rollback and undo it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LateWrite {
    /// The weight it carried.
    pub(super) weight: Weight,
    /// The mark it carried.
    pub(super) state: LeaseState,
    /// Until when it may land.
    pub(super) until: Timestamp,
}

impl LateWrite {
    /// Says whether a read shows what the write carried: then it has landed and will not land again.
    pub(super) fn shows_in(self, sight: Sight, lease: Option<&Lease>) -> bool {
        sight == Sight::Split(self.weight) && lease.is_some_and(|lease| lease.state == self.state)
    }
}

impl Phase {
    /// Returns the phase's name for people and tables.
    pub fn name(&self) -> &'static str {
        match self {
            Phase::Preflight => "preflight",
            Phase::Readiness { .. } => "readiness",
            Phase::Gating(_) => "gating",
            Phase::Shifting { .. } => "shifting",
            Phase::Verifying { .. } => "verifying",
            Phase::Baking(_) => "baking",
            Phase::Promoting(_) => "promoting",
            Phase::Held { .. } => "held",
            Phase::RollingBack { .. } => "rolling back",
            Phase::Ended(_) => "ended",
        }
    }
}
