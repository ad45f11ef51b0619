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
            Intent::Rollout | Intent::Resume => return self.note_of_failure(cause),
            Intent::Undo { .. } => return None,
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
            && self.note_of_failure(cause).is_some()
    }

    fn note_of_failure(&self, cause: &Cause) -> Option<Note> {
        let found = self.found();
        (cause.is_no() && !found.is_first()).then(|| Note::Failed(found.canary.name.clone()))
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
