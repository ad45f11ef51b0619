//! Holding: the run is frozen at its weight, for a gate that held too long or for an approval. The lease is written as held or
//! as paused, or the run rolls back.

use super::compare::Read;
use super::final_write::{FinalWrite, Step};
use super::phase::{Holding, Phase};
use super::rollout::Rollout;
use crate::event::{Fact, Timestamp};
use crate::outcome::{Cause, Outcome};
use crate::verdict::human;

impl Rollout {
    /// Stands still after a stage whose plan wants an approval, unless that has come. `next` is the stage after it.
    pub(super) fn pause_before(&self, next: usize, at: Timestamp) -> Option<Phase> {
        let stage = next.checked_sub(1)?;
        let pause = self.plan.stages()[stage].pause?;
        if self.approved == Some(stage) || self.found().is_first() {
            return None;
        }
        let deadline = at.after(self.timing().verify_deadline);
        let holding = Holding {
            stage,
            reason: format!("paused for an approval, which may take {}", human(pause)),
            pause: Some(pause),
        };
        Some(Phase::Held {
            holding,
            last: FinalWrite::starting_with(Step::Compare, deadline),
        })
    }

    /// What follows from a read that shows no foreign change.
    pub(super) fn held_read(
        &self,
        holding: Holding,
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
            return Phase::Held { holding, last };
        }
        let is_held = read
            .lease
            .is_some_and(|lease| lease.state == holding.state() && lease.epoch == self.epoch);
        if last.step == Step::Verify && is_held {
            if let Some(again) = self.settles_until(at) {
                // What lands later would land over the run that `resume` continues.
                last.wait = Some(again);
                return Phase::Held { holding, last };
            }
            let weight = self.plan.stages()[holding.stage].weight.per_cent();
            let reason = holding.reason;
            return Phase::Ended(Outcome::Held { weight, reason });
        }
        if late {
            return self.cannot_hold("the app does not show it", at);
        }
        if last.step != Step::Compare {
            last.wait = Some(last.next_write(self.timing().poll_interval, at));
        }
        last.step = Step::Write;
        Phase::Held { holding, last }
    }

    pub(super) fn after_held(
        &mut self,
        fact: &Fact,
        holding: Holding,
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
                let weight = self.plan.stages()[holding.stage].weight;
                self.note_settle(fact, weight, Some(holding.state()), at);
                last.step = Step::Verify;
            }
            _ => return None,
        }
        Some(Phase::Held { holding, last })
    }

    /// A frozen run without a held lease would look like a dead one, so the run rolls back.
    fn cannot_hold(&self, problem: &str, at: Timestamp) -> Phase {
        let why = format!(
            "the run was to be frozen, but its lease could not be written as held: {problem}"
        );
        self.roll_back(Cause::Platform(why), at)
    }
}
