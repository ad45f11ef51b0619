//! Which notes a run leaves on the app, and with which write.

use super::action::Intent;
use super::rollout::Rollout;
use crate::note::{Ended, EndedBy, LabelBefore, Note, Promotion};
use crate::outcome::Cause;
use crate::traffic::Weight;

impl Rollout {
    /// Returns what a rollback leaves: who ended the run of another process, or the canary that a gate said no to.
    pub(super) fn note_of_rollback(&self, cause: &Cause) -> Option<Note> {
        let by = match self.intent {
            Intent::Abort { .. } => EndedBy::Abort,
            Intent::Recover { .. } => EndedBy::Recover,
            Intent::Rollout | Intent::Resume | Intent::Undo { .. } => {
                return self.failed_canary(cause).map(Note::Failed);
            }
        };
        let lease = self.found().lease.as_ref()?;
        Some(Note::Ended(Ended {
            run: lease.run.clone(),
            holder: lease.holder.clone(),
            by,
            place: self.place.clone(),
            at: 0,
        }))
    }

    /// Returns whether a run that has written nothing still has to leave the note of its failure.
    pub(super) fn must_mark(&self, cause: &Cause) -> bool {
        self.intent == Intent::Rollout
            && !self.wrote
            && !self.hurried
            && self.failed_canary(cause).is_some()
    }

    /// Returns the canary of a run that moves traffic forward, where it ends because gates have judged that revision and
    /// closed: it counts as failed.
    pub fn failed_canary(&self, cause: &Cause) -> Option<String> {
        let goes_forward = matches!(self.intent, Intent::Rollout | Intent::Resume);
        let found = self.inspection().filter(|found| !found.is_first())?;
        (goes_forward && cause.is_no()).then(|| found.canary.name.clone())
    }

    /// Returns what a promotion leaves, so that it can be undone.
    pub(crate) fn note_of_promotion(&self) -> Note {
        let found = self.found();
        let after = found.split(Weight::ALL);
        let moved = found.baseline.labels_that_differ(&after);
        Note::Promoted(Promotion {
            run: self.run.clone(),
            promoted: found.canary.name.clone(),
            replaced: found.stable.name.clone(),
            labels: moved
                .into_iter()
                .map(|(label, revision)| LabelBefore { label, revision })
                .collect(),
            at: 0,
        })
    }
}
