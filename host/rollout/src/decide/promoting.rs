//! Promoting: the canary has all traffic and every check passed. The lease is cleared. The canary keeps its traffic even
//! when that write fails.

use super::compare::Read;
use super::final_write::{FinalWrite, Step};
use super::phase::Phase;
use super::rollout::Rollout;
use crate::event::{Fact, Timestamp};
use crate::outcome::Outcome;

impl Rollout {
    /// What follows from a read that shows no foreign change.
    pub(super) fn promoting_read(
        &self,
        mut last: FinalWrite,
        read: Read<'_>,
        at: Timestamp,
    ) -> Phase {
        let poll = Some(at.after(self.timing().poll_interval));
        let late = at >= last.deadline;
        if !read.settled {
            if late {
                return promotion_stuck("the platform does not finish its last change");
            }
            last.wait = poll;
            return Phase::Promoting(last);
        }
        if last.step == Step::Verify && self.is_promoted(read) {
            return Phase::Ended(Outcome::Promoted);
        }
        if late {
            return promotion_stuck("the app still shows the lease");
        }
        if last.step != Step::Compare {
            last.wait = poll;
        }
        last.step = Step::Write;
        Phase::Promoting(last)
    }

    pub(super) fn after_promoting(
        &mut self,
        fact: &Fact,
        mut last: FinalWrite,
        at: Timestamp,
    ) -> Option<Phase> {
        match fact {
            Fact::Waited => last.wait = None,
            Fact::Unobserved { reason } => {
                if at >= last.deadline {
                    return Some(promotion_stuck(reason));
                }
                last.wait = Some(at.after(self.timing().poll_interval));
            }
            Fact::Written | Fact::WriteUnknown { .. } | Fact::WriteRefused { .. } => {
                self.wrote = true;
                last.step = Step::Verify;
            }
            _ => return None,
        }
        Some(Phase::Promoting(last))
    }
}

fn promotion_stuck(problem: &str) -> Phase {
    Phase::Ended(Outcome::Stuck {
        cause: None,
        problem: format!(
            "every check passed and the canary has 100 %, but the lease could not be cleared: {problem}"
        ),
    })
}
