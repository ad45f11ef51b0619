//! The state of a run and its accessors. Changed by `apply` alone; `next` reads it.

use std::sync::Arc;

use super::action::Intent;
use super::late_write::{LateWrite, LateWriter};
use super::phase::Phase;
use crate::event::Timestamp;
use crate::inspection::{Inspection, RevisionState};
use crate::lease::Place;
use crate::outcome::Cause;
use crate::plan::Plan;
use crate::timing::Timing;
use crate::verdict::{Kind, Memory};

/// A run: everything that decides what is done next.
///
/// The plan, the intent, the inspection, the epoch, the holder and its place are fixed once the app has been read. Then
/// the control state is `phase` together with `wrote`, `late_write`, `foreign_seen`, `stable_state`, `activated`,
/// `hurried` and `approved`. What gates returned (`memory`) is only passed
/// on to gates, `promotion_round` says when those are asked that decide nothing, and `begun_at` and `weight_since` are for gates
/// and the lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rollout {
    pub(super) run: String,
    pub(super) plan: Arc<Plan>,
    pub(super) intent: Intent,
    pub(super) inspection: Option<Arc<Inspection>>,
    pub(super) phase: Phase,
    pub(super) memory: Memory,
    pub(super) epoch: u32,
    /// The name of this process among all that ever held the run.
    pub(super) holder: String,
    /// Where this process runs.
    pub(super) place: Place,
    /// When the run began, in seconds since 1970; 0 before the app was read.
    pub(super) begun_at: u64,
    /// Since when the canary has its weight, in seconds since 1970; 0 before it has one.
    pub(super) weight_since: u64,
    /// True once this process has sent a write. A refused write of a stage's weights does not count.
    pub(super) wrote: bool,
    /// A write that may still land and would undo a rollback.
    pub(super) late_write: Option<LateWrite>,
    /// True after a read that showed a change by another writer. One such read may be stale and ends nothing, but
    /// nothing is written before a settled read disproves it (I-19).
    pub(super) foreign_seen: bool,
    /// True after a settled read of a rollback that did not show the baseline.
    pub(super) off_baseline: bool,
    /// What the last read of the stable revision showed; `None` before the first one.
    pub(super) stable_state: Option<RevisionState>,
    /// True once a rollback has asked the platform to activate the stable revision.
    pub(super) activated: bool,
    /// True once the process is about to be killed.
    pub(super) hurried: bool,
    /// The stage whose promotion gates were the last to be asked, and how often they had been asked before.
    pub(super) promotion_round: Option<(usize, u32)>,
    /// The stage whose pause is over because a person has resumed the run.
    pub(super) approved: Option<usize>,
}

/// A look at the app that is due while a stage bakes or gates are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// The time between the last look and this one.
    pub after: std::time::Duration,
    /// Whether the look repeats one that showed a change by another writer.
    pub confirms: bool,
}

impl Rollout {
    /// Returns a run that has not begun. `run` is its id in the lease, and also the name of this process as the
    /// lease's holder unless [`Rollout::held_by`] says otherwise.
    pub fn new(run: String, plan: Plan, intent: Intent) -> Rollout {
        Rollout {
            holder: run.clone(),
            run,
            plan: Arc::new(plan),
            intent,
            inspection: None,
            phase: Phase::Preflight {
                since: None,
                wait: None,
            },
            memory: Memory::default(),
            epoch: 1,
            place: Place::default(),
            begun_at: 0,
            weight_since: 0,
            wrote: false,
            late_write: None,
            foreign_seen: false,
            off_baseline: false,
            stable_state: None,
            activated: false,
            hurried: false,
            approved: None,
            promotion_round: None,
        }
    }

    /// Returns the same run, held by a process of another name. Two processes that take a run over at the same time
    /// need different names, or each takes the other's writes for its own (I-19).
    #[must_use]
    pub fn held_by(mut self, holder: String) -> Rollout {
        self.holder = holder;
        self
    }

    /// Returns the same run, held by a process that runs in a place.
    #[must_use]
    pub fn placed_at(mut self, place: Place) -> Rollout {
        self.place = place;
        self
    }

    /// Returns the same run with what gates returned in an earlier process of it.
    #[must_use]
    pub fn remembering(mut self, memory: Memory) -> Rollout {
        self.memory = memory;
        self
    }

    /// Returns the run's id.
    pub fn run(&self) -> &str {
        &self.run
    }

    /// Returns the name of this process among all that ever held the run.
    pub fn holder(&self) -> &str {
        &self.holder
    }

    /// Returns the plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Returns where the run stands.
    pub fn phase(&self) -> &Phase {
        &self.phase
    }

    /// Returns what the run is for.
    pub fn intent(&self) -> &Intent {
        &self.intent
    }

    /// Returns what was found at the start; `None` before that.
    pub fn inspection(&self) -> Option<&Inspection> {
        self.inspection.as_deref()
    }

    /// Returns what gates returned so far.
    pub fn memory(&self) -> &Memory {
        &self.memory
    }

    /// Returns whether this process has sent a write, whatever its outcome. A refused write of a stage's weights does
    /// not count.
    pub fn has_written(&self) -> bool {
        self.wrote
    }

    /// Returns the names of the gates that a question is for.
    pub fn gates_for(&self, kind: Kind, stage: usize) -> &[String] {
        match kind {
            Kind::HealthCheck => self.plan.health_checks(),
            Kind::PromotionGate => self
                .plan
                .stages()
                .get(stage)
                .map_or(&[], |stage| stage.gates.as_slice()),
        }
    }

    /// Returns since when the canary has its weight, in seconds since 1970; since the run began, before the first stage.
    pub(crate) fn weight_since(&self) -> u64 {
        match self.weight_since {
            0 => self.begun_at,
            since => since,
        }
    }

    pub(crate) fn timing(&self) -> &Timing {
        self.plan.timing()
    }

    pub(super) fn found(&self) -> &Inspection {
        self.inspection
            .as_ref()
            .expect("every phase after preflight follows an inspection")
    }

    /// Returns the look at the app that is due beside the present action; `None` where the run looks by itself, or has
    /// written nothing that another writer could change.
    pub fn look(&self) -> Option<Look> {
        let at_weight = match &self.phase {
            Phase::Baking(_) => true,
            Phase::Gating(gating) => gating.stage > 0 && !self.found().is_first(),
            _ => false,
        };
        at_weight.then(|| Look {
            after: if self.foreign_seen {
                self.timing().poll_interval
            } else {
                self.timing().watch_interval
            },
            confirms: self.foreign_seen,
        })
    }

    /// Returns when the bake that goes on is over.
    pub(crate) fn bakes_until(&self) -> Option<Timestamp> {
        match &self.phase {
            Phase::Baking(baking) => Some(baking.until),
            _ => None,
        }
    }

    /// Returns whether the run may still write forward. A promotion, a hold and a rollback go on without a journal.
    pub(crate) fn goes_forward(&self) -> bool {
        matches!(
            self.phase,
            Phase::Preflight { .. }
                | Phase::Readiness { .. }
                | Phase::Gating(_)
                | Phase::Shifting(_)
                | Phase::Verifying { .. }
                | Phase::Baking(_)
        ) && matches!(self.intent, Intent::Rollout | Intent::Resume)
    }

    /// Returns the name of the revision that has to be activated.
    pub(crate) fn to_activate(&self) -> Option<&str> {
        let found = self.inspection.as_ref()?;
        Some(match self.phase {
            Phase::Readiness { .. } => &found.canary.name,
            _ => &found.stable.name,
        })
    }

    /// Returns the stable revision's name where its state is `wanted` and it has a part in the run.
    pub(crate) fn stable_to_read(&self, wanted: bool) -> Option<&str> {
        let found = self.inspection.as_ref()?;
        (wanted && !found.is_first()).then(|| found.stable.name.as_str())
    }

    /// Returns until when a run that took over another one watches whether a write of that one still lands.
    pub fn watches_until(&self) -> Option<Timestamp> {
        let late = self.late_write?;
        (late.of == LateWriter::Predecessor).then_some(late.until)
    }

    /// Returns whether an undo returns the traffic, and no longer asks whether it may.
    pub(super) fn is_undoing(&self) -> bool {
        matches!(
            self.phase,
            Phase::RollingBack {
                cause: Cause::Undone(_),
                ..
            }
        )
    }

    /// Returns whether there may be something to undo: this process has written, or took over a run that had.
    pub(super) fn has_traces(&self) -> bool {
        self.wrote
            || match &self.intent {
                Intent::Rollout => false,
                Intent::Undo { .. } => self.is_undoing(),
                Intent::Resume | Intent::Abort { .. } | Intent::Recover { .. } => true,
            }
    }
}
