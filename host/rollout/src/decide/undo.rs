//! Undo: all traffic back to the revision that the last promotion has replaced.
//!
//! Until that revision is ready and its health checks have passed, the run is like a rollout at weight 0: nothing is
//! written, and a "no" leaves everything as it is. Then the two revisions change roles, and the rest is a rollback to an
//! array that gives all traffic to the replaced one: one write, repeated and read back like every other.

use std::sync::Arc;

use super::action::Intent;
use super::final_write::{FinalWrite, Step};
use super::phase::Phase;
use super::rollout::Rollout;
use crate::event::Timestamp;
use crate::inspection::{Inspection, RevisionState};
use crate::outcome::{Cause, Outcome};

impl Rollout {
    pub(super) fn begin_undo(&self, inspection: &Inspection, at: Timestamp) -> Phase {
        let Some(undo) = &inspection.undoes else {
            return Phase::Ended(Outcome::Idle);
        };
        Phase::Readiness {
            since: at,
            wait: None,
            is_inactive: undo.state == RevisionState::Inactive,
        }
    }

    /// The revision that is to serve is ready.
    pub(super) fn after_ready(&mut self, at: Timestamp) -> Phase {
        match self.intent {
            Intent::Undo { force: true, .. } => self.commit_undo(at),
            _ => self.ask_gates(0, at),
        }
    }

    /// The replaced revision is fit: gives it all traffic. A platform that is busy or cannot be read is waited for, since
    /// nothing is written without a comparison.
    pub(super) fn commit_undo(&mut self, at: Timestamp) -> Phase {
        let found = self.found();
        if let Some(undo) = found.undoes.clone() {
            self.inspection = Some(Arc::new(found.turned(&undo)));
        }
        self.stable_state = None;
        let by = match &self.intent {
            Intent::Undo { by, .. } => by.clone(),
            _ => String::new(),
        };
        let deadline = at.after(self.timing().rollback_deadline);
        Phase::RollingBack {
            cause: Cause::Undone(by),
            last: FinalWrite::starting_with(Step::Compare, deadline),
        }
    }
}
