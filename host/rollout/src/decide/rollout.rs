//! The state of a run and its accessors. Changed by `apply` alone; `next` reads it.

use std::sync::Arc;

use super::action::Intent;
use super::late_write::LateWrite;
use super::phase::Phase;
use crate::inspection::Inspection;
use crate::plan::{Plan, Timing};
use crate::verdict::{Kind, Memory};

/// A run: everything that decides what is done next.
///
/// The plan, the intent, the inspection, the epoch and the holder are fixed once the app has been read. Then the
/// control state is `phase` together with `wrote`, `late_write`, `foreign_seen` and `cancels`. What gates returned
/// (`memory`) is only passed on to gates.
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
    /// True once this process has sent a write. A refused write of a stage's weights does not count.
    pub(super) wrote: bool,
    /// A write of unknown outcome that would undo a rollback.
    pub(super) late_write: Option<LateWrite>,
    /// True after a read that showed a change by another writer. One such read may be stale and ends nothing, but
    /// nothing is written before a settled read disproves it (I-19).
    pub(super) foreign_seen: bool,
    /// The number of requests to end so far, at most 2.
    pub(super) cancels: u8,
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
            phase: Phase::Preflight,
            memory: Memory::default(),
            epoch: 1,
            wrote: false,
            late_write: None,
            foreign_seen: false,
            cancels: 0,
        }
    }

    /// Returns the same run, held by a process of another name. Two processes that take a run over at the same time
    /// need different names, or each takes the other's writes for its own (I-19).
    #[must_use]
    pub fn held_by(mut self, holder: String) -> Rollout {
        self.holder = holder;
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

    pub(super) fn timing(&self) -> &Timing {
        self.plan.timing()
    }

    pub(super) fn found(&self) -> &Inspection {
        self.inspection
            .as_ref()
            .expect("every phase after preflight follows an inspection")
    }

    /// Returns whether there may be something to undo: this process has written, or took over a run that had.
    pub(super) fn has_traces(&self) -> bool {
        self.wrote || self.intent != Intent::Rollout
    }
}
