//! The phases of a run: what is already true in each, and the times and counters that belong to it.
//!
//! A phase is not all that steers a run. The plan, the inspection, the epoch and the holder are fixed once the run
//! has begun; the rest of the control state of [`super::Rollout`] outlives a phase and steers the next one too.

use std::time::Duration;

use super::final_write::FinalWrite;
use crate::event::Timestamp;
use crate::lease::LeaseState;
use crate::outcome::{Cause, Outcome};
use crate::verdict::Kind;

/// Where a run stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Phase {
    /// The app has not been read yet, or what was read may still change: the platform is applying a write.
    Preflight {
        /// When the first unsettled read was made.
        since: Option<Timestamp>,
        /// The app is not read before this time.
        wait: Option<Timestamp>,
    },
    /// Stable and canary are resolved; the canary must become ready. Nothing is written.
    Readiness {
        /// When the phase began.
        since: Timestamp,
        /// Readiness is not read before this time.
        wait: Option<Timestamp>,
        /// True when the revision is not active yet, and has to be activated first.
        is_inactive: bool,
    },
    /// The canary has the weight of the stage before, verified and baked; gates are asked about the next stage.
    Gating(Gating),
    /// Every gate passed; the stage's weights are to be written.
    Shifting(Shifting),
    /// The stage's weights were sent; they are to be read back.
    Verifying {
        /// The stage, from 0.
        stage: usize,
        /// When the phase began.
        since: Timestamp,
        /// The app is not read before this time.
        wait: Option<Timestamp>,
    },
    /// The stage's weights are verified, and the stage bakes.
    Baking(Baking),
    /// Every stage is baked and every check passed; the lease is to be cleared.
    Promoting(FinalWrite),
    /// The run is to stand still: a gate held too long and the plan says freeze, or the stage waits for an approval. The lease
    /// is to be written so.
    Held {
        /// What is held, and why.
        holding: Holding,
        /// How far the write of the lease is.
        last: FinalWrite,
    },
    /// The baseline is to be restored; where nothing was written, the app is read once to see that it is untouched.
    RollingBack {
        /// Why the run rolls back.
        cause: Cause,
        /// How far the write of the baseline is. Its deadline moves closer before a kill, and away only while a run that
        /// was taken over is watched.
        last: FinalWrite,
    },
    /// The run is over.
    Ended(Outcome),
}

/// A run stands still.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holding {
    /// The stage whose weights stay, from 0.
    pub stage: usize,
    /// The gate that held, and its reason; or that an approval is missing.
    pub reason: String,
    /// How long an approval is waited for; `None` of a gate that held.
    pub pause: Option<Duration>,
}

impl Holding {
    /// Returns the state of the lease of such a run.
    pub(super) fn state(&self) -> LeaseState {
        match self.pause {
            Some(_) => LeaseState::Paused,
            None => LeaseState::Held,
        }
    }
}

/// Gates are being asked before a stage, or after the last one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gating {
    /// The stage that a pass begins, from 0; the number of stages after the last bake.
    pub stage: usize,
    /// The question that is next.
    pub kind: Kind,
    /// When the phase began.
    pub since: Timestamp,
    /// The number of health checks asked so far.
    pub asked_health: u32,
    /// The number of times the promotion gates were asked so far.
    pub asked_promotion: u32,
    /// The number of rounds in a row in which a gate could not answer.
    pub failures: u32,
    /// Gates are not asked before this time.
    pub wait: Option<Timestamp>,
}

/// The weights of a stage are to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shifting {
    /// The stage, from 0.
    pub stage: usize,
    /// When a read has shown the app as the run left it; `None` before that, and after a write that was not taken.
    pub compared: Option<Timestamp>,
    /// When the phase began.
    pub since: Timestamp,
    /// The number of writes so far that were not taken; stops counting where the pause stops growing.
    pub sent: u8,
    /// The app is not read before this time.
    pub wait: Option<Timestamp>,
}

/// A stage bakes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Baking {
    /// The stage, from 0.
    pub stage: usize,
    /// When the bake is over.
    pub until: Timestamp,
    /// The number of health checks asked so far in this bake.
    pub asked: u32,
    /// The number of rounds in a row in which a gate could not answer.
    pub failures: u32,
    /// When the health checks that hold began to hold.
    pub held_since: Option<Timestamp>,
    /// Health checks are not asked before this time.
    pub wait: Option<Timestamp>,
}

impl Phase {
    /// Returns the phase's name for people and tables.
    pub fn name(&self) -> &'static str {
        match self {
            Phase::Preflight { .. } => "preflight",
            Phase::Readiness { .. } => "readiness",
            Phase::Gating(_) => "gating",
            Phase::Shifting(_) => "shifting",
            Phase::Verifying { .. } => "verifying",
            Phase::Baking(_) => "baking",
            Phase::Promoting(_) => "promoting",
            Phase::Held { .. } => "held",
            Phase::RollingBack { .. } => "rolling-back",
            Phase::Ended(_) => "ended",
        }
    }

    /// Returns the same phase, in which nothing is done before `until`.
    #[must_use]
    pub(super) fn waiting_until(mut self, until: Timestamp) -> Phase {
        match &mut self {
            Phase::Preflight { wait, .. }
            | Phase::Readiness { wait, .. }
            | Phase::Shifting(Shifting { wait, .. })
            | Phase::Verifying { wait, .. }
            | Phase::Promoting(FinalWrite { wait, .. })
            | Phase::Held {
                last: FinalWrite { wait, .. },
                ..
            }
            | Phase::RollingBack {
                last: FinalWrite { wait, .. },
                ..
            } => *wait = Some(until),
            // Looks are made beside what these do and do not delay it.
            Phase::Gating(_) | Phase::Baking(_) | Phase::Ended(_) => {}
        }
        self
    }
}
