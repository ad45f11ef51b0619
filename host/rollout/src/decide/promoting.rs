//! Promoting: the canary has all traffic and every check passed. The lease is removed. The canary keeps its traffic even
//! when that write fails, and the run has passed: what is left is to tidy.

use super::compare::Read;
use super::final_write::{FinalWrite, Step};
use super::phase::Phase;
use super::rollout::Rollout;
use crate::event::{Fact, Timestamp};
use crate::outcome::{Cause, Outcome};
use crate::traffic::Weight;

/// After this number of refusals the lease is left where it is: what refuses it will not pass in moments.
const REFUSALS_MAX: u8 = 3;

impl Rollout {
    /// What follows from a read that shows no foreign change.
    pub(super) fn promoting_read(
        &self,
        mut last: FinalWrite,
        read: Read<'_>,
        at: Timestamp,
    ) -> Phase {
        let poll = self.timing().poll_interval;
        let late = at >= last.deadline;
        if !read.settled {
            if late {
                return self.with_lease("the platform does not finish its last change");
            }
            last.wait = Some(at.after(poll));
            return Phase::Promoting(last);
        }
        if last.step == Step::Verify && self.is_promoted(read) {
            if let Some(again) = self.settles_until(at) {
                // What lands later would land over whatever follows this run: an undo, or the next one.
                last.wait = Some(again);
                return Phase::Promoting(last);
            }
            return Phase::Ended(Outcome::Promoted);
        }
        if late {
            return self.with_lease("the app still shows it");
        }
        if last.step != Step::Compare {
            last.wait = Some(last.next_write(poll, at));
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
                    return Some(self.with_lease(reason));
                }
                last.wait = Some(at.after(self.timing().poll_interval));
            }
            Fact::WriteRefused { reason } if last.sent + 1 >= REFUSALS_MAX => {
                return Some(self.with_lease(reason));
            }
            Fact::Written
            | Fact::WriteUnknown { .. }
            | Fact::WriteRefused { .. }
            | Fact::WriteNotNow { .. } => {
                self.wrote = true;
                self.note_settle(fact, Weight::ALL, None, at);
                last.note_pause(fact, at);
                last.step = Step::Verify;
            }
            _ => return None,
        }
        Some(Phase::Promoting(last))
    }

    /// The lease stays where it is. The canary has all traffic all the same, as the last read showed, unless that read
    /// showed the change of another writer.
    fn with_lease(&self, problem: &str) -> Phase {
        let problem = problem.to_owned();
        Phase::Ended(if self.foreign_seen {
            let why = "every check has passed, and then another writer's change was seen";
            let cause = Cause::Platform(why.to_owned());
            Outcome::Unverified { cause, problem }
        } else {
            Outcome::PromotedWithLease(problem)
        })
    }
}
