//! What a request to end and the loss of the journal lead to in every phase.

use super::phase::Phase;
use super::rollout::Rollout;
use crate::event::Timestamp;
use crate::outcome::{Cause, Outcome};

impl Rollout {
    /// A request to end. Forward phases turn back and never go forward again (I-9). A promotion is finished. A rollback
    /// is never stopped, however often it is asked; it only has less time once the process is about to be killed (I-10).
    pub(super) fn after_cancel(&mut self, by: &str, hurry: bool, at: Timestamp) -> Option<Phase> {
        let was_back = matches!(self.phase, Phase::RollingBack { .. });
        // A request that begins the rollback is not the runner's last one, whatever signal it came with.
        self.hurried |= hurry && was_back;
        let hurried = at.after(self.timing().hurry_deadline);
        match self.phase.clone() {
            Phase::Ended(_) => None,
            Phase::Preflight { .. } => Some(Phase::Ended(Outcome::Cancelled(by.to_owned()))),
            Phase::Promoting(last) => Some(Phase::Promoting(last)),
            Phase::RollingBack { cause, mut last } => {
                if hurry {
                    last.deadline = last.deadline.min(hurried);
                    last.wait = last.wait.map(|wait| wait.min(hurried));
                }
                Some(Phase::RollingBack { cause, last })
            }
            Phase::Readiness { .. }
            | Phase::Gating(_)
            | Phase::Shifting(_)
            | Phase::Verifying { .. }
            | Phase::Baking(_)
            | Phase::Held { .. } => Some(self.roll_back(Cause::Cancelled(by.to_owned()), at)),
        }
    }

    /// Without a journal there is no forward step. A promotion, a hold and a rollback go on without it (I-8).
    pub(super) fn after_journal_lost(&self, reason: &str, at: Timestamp) -> Option<Phase> {
        match self.phase.clone() {
            Phase::Ended(_) => None,
            Phase::Preflight { .. } => Some(Phase::Ended(Outcome::Refused(format!(
                "the journal cannot be written: {reason}"
            )))),
            phase @ (Phase::Promoting(_) | Phase::Held { .. } | Phase::RollingBack { .. }) => {
                Some(phase)
            }
            Phase::Readiness { .. }
            | Phase::Gating(_)
            | Phase::Shifting(_)
            | Phase::Verifying { .. }
            | Phase::Baking(_) => Some(self.roll_back(Cause::JournalLost(reason.to_owned()), at)),
        }
    }
}
