//! Holding: the run is frozen at its weight. The lease is written as held, or the run rolls back.

use super::compare::Read;
use super::final_write::{FinalWrite, Step};
use super::late_write::{LateWrite, LateWriter};
use super::phase::Phase;
use super::rollout::Rollout;
use crate::event::{Fact, Timestamp};
use crate::lease::LeaseState;
use crate::outcome::{Cause, Outcome};

impl Rollout {
    /// What follows from a read that shows no foreign change.
    pub(super) fn held_read(
        &self,
        stage: usize,
        reason: String,
        mut last: FinalWrite,
        read: Read<'_>,
        at: Timestamp,
    ) -> Phase {
        let poll = Some(at.after(self.timing().poll_interval));
        let late = at >= last.deadline;
        if !read.settled {
            if late {
                return self.cannot_hold("the platform does not finish its last change", at);
            }
            last.wait = poll;
            return Phase::Held {
                stage,
                reason,
                last,
            };
        }
        let is_held = read
            .lease
            .is_some_and(|lease| lease.state == LeaseState::Held && lease.epoch == self.epoch);
        if last.step == Step::Verify && is_held {
            let weight = self.plan.stages()[stage].weight.per_cent();
            return Phase::Ended(Outcome::Held { weight, reason });
        }
        if late {
            return self.cannot_hold("the app does not show it", at);
        }
        if last.step != Step::Compare {
            last.wait = Some(last.next_write(self.timing().poll_interval, at));
        }
        last.step = Step::Write;
        Phase::Held {
            stage,
            reason,
            last,
        }
    }

    pub(super) fn after_held(
        &mut self,
        fact: &Fact,
        stage: usize,
        reason: String,
        mut last: FinalWrite,
        at: Timestamp,
    ) -> Option<Phase> {
        match fact {
            Fact::Waited => last.wait = None,
            Fact::Unobserved { reason: problem } => {
                if at >= last.deadline {
                    return Some(self.cannot_hold(problem, at));
                }
                last.wait = Some(at.after(self.timing().poll_interval));
            }
            Fact::Written
            | Fact::WriteUnknown { .. }
            | Fact::WriteRefused { .. }
            | Fact::WriteNotNow { .. } => {
                self.wrote = true;
                last.note_pause(fact, at);
                if let Fact::WriteUnknown { .. } = fact {
                    let weight = self.plan.stages()[stage].weight;
                    self.late_write = Some(LateWrite {
                        of: LateWriter::Own {
                            weight,
                            state: LeaseState::Held,
                        },
                        until: at.after(self.timing().late_write_window),
                    });
                }
                last.step = Step::Verify;
            }
            _ => return None,
        }
        Some(Phase::Held {
            stage,
            reason,
            last,
        })
    }

    /// A frozen run without a held lease would look like a dead one, so the run rolls back.
    fn cannot_hold(&self, problem: &str, at: Timestamp) -> Phase {
        let why = format!(
            "the run was to be frozen, but its lease could not be written as held: {problem}"
        );
        self.roll_back(Cause::Platform(why), at)
    }
}
