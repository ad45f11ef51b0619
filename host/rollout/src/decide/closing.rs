//! The ends: promoting, holding and rolling back. Each compares, writes once more and reads back, until its deadline.

use super::phase::{Closing, LateWrite, Phase, Sight, Step};
use super::{Intent, Rollout};
use crate::event::{Fact, Timestamp};
use crate::lease::{Lease, LeaseState};
use crate::outcome::{Cause, Outcome};
use crate::traffic::{Traffic, Weight};

/// After so many writes the pause between two of them does not grow any more: ten polls.
const LONGEST_PAUSE_AFTER: u8 = 5;

impl Rollout {
    /// Turns back for good.
    pub(super) fn roll_back(&self, cause: Cause, at: Timestamp) -> Phase {
        Phase::RollingBack {
            cause,
            closing: Closing {
                step: Step::Compare,
                deadline: at.after(self.timing().rollback_deadline),
                wait: None,
                sent: 0,
            },
        }
    }

    /// Returns when a rollback that was asked twice to end has to have said its last words: no call outlasts that.
    pub(crate) fn last_words_due(&self) -> Option<Timestamp> {
        match &self.phase {
            Phase::RollingBack { closing, .. } if self.cancels > 1 => Some(closing.deadline),
            _ => None,
        }
    }

    /// Says whether the run may have to undo something: it has written, or took over a run that had.
    pub(super) fn has_traces(&self) -> bool {
        self.wrote || self.intent != Intent::Rollout
    }

    pub(super) fn after_promoting(
        &mut self,
        fact: &Fact,
        mut closing: Closing,
        at: Timestamp,
    ) -> Option<Phase> {
        let poll = Some(at.after(self.timing().poll_interval));
        let late = at >= closing.deadline;
        let last = self.plan.stages().len() - 1;
        match (fact, closing.step) {
            (Fact::Waited, _) => closing.wait = None,
            (Fact::Observed { settled: false, .. } | Fact::Unobserved { .. }, _) if !late => {
                closing.wait = poll;
            }
            (
                Fact::Observed {
                    traffic,
                    lease,
                    settled: true,
                },
                step,
            ) => {
                let lease = lease.as_ref();
                let left = self.is_as_left(traffic, lease, self.plan.stages()[last].weight);
                let promoted = match self.found().is_first() {
                    true => Sight::Baseline,
                    false => Sight::Split(Weight::ALL),
                };
                let cleared = lease.is_none() && self.sight(traffic) == promoted;
                match step {
                    Step::Verify if cleared => return Some(Phase::Ended(Outcome::Promoted)),
                    _ if !left => {
                        closing.wait = poll;
                        return Some(self.hands_off(traffic, lease, Phase::Promoting(closing)));
                    }
                    _ if late => {
                        return Some(self.promotion_stuck("the app still shows the lease"));
                    }
                    Step::Compare => closing.step = Step::Write,
                    _ => {
                        closing.step = Step::Write;
                        closing.wait = poll;
                    }
                }
            }
            (Fact::Unobserved { reason }, _) => return Some(self.promotion_stuck(reason)),
            (Fact::Observed { .. }, _) => {
                return Some(self.promotion_stuck("the platform does not finish its last change"));
            }
            (
                Fact::Written | Fact::WriteUnknown { .. } | Fact::WriteRefused { .. },
                Step::Write,
            ) => {
                self.wrote = true;
                closing.step = Step::Verify;
            }
            _ => return None,
        }
        Some(Phase::Promoting(closing))
    }

    fn promotion_stuck(&self, problem: &str) -> Phase {
        Phase::Ended(Outcome::Stuck {
            cause: None,
            problem: format!(
                "every check passed and the canary was given 100 %, but the lease could not be cleared: {problem}"
            ),
        })
    }

    pub(super) fn after_held(
        &mut self,
        fact: &Fact,
        stage: usize,
        reason: String,
        mut closing: Closing,
        at: Timestamp,
    ) -> Option<Phase> {
        let weight = self.plan.stages()[stage].weight;
        let poll = Some(at.after(self.timing().poll_interval));
        let late = at >= closing.deadline;
        match (fact, closing.step) {
            (Fact::Waited, _) => closing.wait = None,
            (
                Fact::Observed {
                    settled: true,
                    traffic,
                    lease,
                },
                step,
            ) => {
                let lease = lease.as_ref();
                if !self.is_as_left(traffic, lease, weight) {
                    closing.wait = poll;
                    let again = Phase::Held {
                        stage,
                        reason,
                        closing,
                    };
                    return Some(self.hands_off(traffic, lease, again));
                }
                let marked =
                    lease.is_some_and(|r| r.state == LeaseState::Held && r.epoch == self.epoch);
                match step {
                    Step::Verify if marked => {
                        let weight = weight.per_cent();
                        return Some(Phase::Ended(Outcome::Held { weight, reason }));
                    }
                    _ if late => return Some(self.cannot_freeze("it is not kept", at)),
                    Step::Compare => closing.step = Step::Write,
                    _ => {
                        closing.step = Step::Write;
                        closing.wait = poll;
                    }
                }
            }
            (Fact::Observed { .. }, _) if !late => closing.wait = poll,
            (Fact::Observed { .. }, _) => {
                return Some(self.cannot_freeze("the platform does not finish", at));
            }
            (Fact::Unobserved { .. }, _) if !late => closing.wait = poll,
            (Fact::Unobserved { reason }, _) => return Some(self.cannot_freeze(reason, at)),
            (
                Fact::Written | Fact::WriteUnknown { .. } | Fact::WriteRefused { .. },
                Step::Write,
            ) => {
                self.wrote = true;
                if let Fact::WriteUnknown { .. } = fact {
                    self.late_write = Some(self.late_write(stage, LeaseState::Held, at));
                }
                closing.step = Step::Verify;
            }
            _ => return None,
        }
        Some(Phase::Held {
            stage,
            reason,
            closing,
        })
    }

    /// A freeze that cannot be recorded would look like a dead run: what leaves stable serving is a rollback.
    fn cannot_freeze(&self, problem: &str, at: Timestamp) -> Phase {
        let why = format!("the run was to be frozen, but its mark could not be written: {problem}");
        self.roll_back(Cause::Platform(why), at)
    }

    pub(super) fn after_rolling_back(
        &mut self,
        fact: &Fact,
        cause: Cause,
        mut closing: Closing,
        at: Timestamp,
    ) -> Option<Phase> {
        let late = at >= closing.deadline;
        match (fact, closing.step) {
            (Fact::Waited, _) => closing.wait = None,
            (
                Fact::Observed {
                    traffic,
                    lease,
                    settled,
                },
                Step::Compare | Step::Verify,
            ) => return Some(self.seen(cause, closing, (traffic, lease.as_ref(), *settled), at)),
            (Fact::Unobserved { reason }, step) => {
                let may_write = self.has_traces() && self.foreign_reads == 0;
                let unsent = may_write && step == Step::Compare;
                if late && !unsent {
                    return Some(Phase::Ended(Outcome::Unverified {
                        cause,
                        problem: reason.clone(),
                    }));
                }
                // What cannot be read may still be written: the baseline is right whatever stands now (I-11).
                if may_write {
                    closing.step = Step::Write;
                }
                if !unsent {
                    closing.wait = Some(self.before_another_write(&closing, at));
                }
            }
            (
                Fact::Written | Fact::WriteUnknown { .. } | Fact::WriteRefused { .. },
                Step::Write,
            ) => {
                self.wrote = true;
                closing.sent = closing.sent.saturating_add(1).min(LONGEST_PAUSE_AFTER);
                if !matches!(fact, Fact::Written) {
                    // The baseline that is read next may be an old one: that is read twice as well.
                    self.late_write.get_or_insert(LateWrite {
                        weight: Weight::ZERO,
                        state: LeaseState::Running,
                        until: at,
                    });
                }
                closing.step = Step::Verify;
            }
            _ => return None,
        }
        Some(Phase::RollingBack { cause, closing })
    }

    /// What follows from a read during a rollback.
    fn seen(
        &mut self,
        cause: Cause,
        mut closing: Closing,
        (traffic, lease, settled): (&Traffic, Option<&Lease>, bool),
        at: Timestamp,
    ) -> Phase {
        let poll = at.after(self.timing().poll_interval);
        let poll = Some(poll.min(closing.deadline.max(at)));
        let late = at >= closing.deadline;
        let sight = self.sight(traffic);
        let ours = lease.is_some_and(|lease| self.is_ours(lease));
        let has_traces = self.has_traces() || ours;
        let is_baseline = sight == Sight::Baseline && lease.is_none();
        let foreign = match (lease, sight) {
            (Some(_), _) if !ours => true,
            (_, Sight::Foreign) => settled,
            _ => settled && !has_traces && !is_baseline,
        };
        if foreign {
            closing.wait = poll;
            let again = Phase::RollingBack { cause, closing };
            return self.hands_off(traffic, lease, again);
        }
        if self
            .late_write
            .is_some_and(|write| write.shows_in(sight, lease))
        {
            // What was on its way has landed; the write that follows undoes it.
            self.late_write = None;
        }
        // What this run has written may be missing from one read alone: it is undone before that is believed.
        let clear = settled || (sight != Sight::Foreign && self.foreign_reads == 0);
        let unsent = closing.step == Step::Compare && has_traces && clear;
        if settled && is_baseline && !(self.wrote && unsent) {
            return self.given_back(cause, closing, at);
        }
        match settled {
            _ if unsent => closing.step = Step::Write,
            _ if late => return self.rollback_failed(cause, traffic, settled),
            false => closing.wait = poll,
            true => {
                closing.step = Step::Write;
                closing.wait = Some(self.before_another_write(&closing, at));
            }
        }
        Phase::RollingBack { cause, closing }
    }

    /// Returns when the baseline may be written once more: soon after the first time, then less and less often, since
    /// what refuses it (a busy app, a lost permission) seldom passes in a moment. Never after the deadline.
    fn before_another_write(&self, closing: &Closing, at: Timestamp) -> Timestamp {
        let polls = match closing.sent {
            0 | 1 => 1,
            2 => 2,
            3 => 4,
            4 => 8,
            _ => 10,
        };
        let pause = self.timing().poll_interval.saturating_mul(polls);
        at.after(pause).min(closing.deadline.max(at))
    }

    /// The baseline stands: the run is over, unless a write of unknown outcome may still land (I-12). After its time
    /// the app is read twice, since one read may be as old as the write.
    fn given_back(&mut self, cause: Cause, mut closing: Closing, at: Timestamp) -> Phase {
        let late = at >= closing.deadline;
        match self.late_write.map(|write| write.until) {
            Some(until) if late => {
                let problem = match until > at {
                    true => "a write whose answer was lost may still land",
                    false => "after a write that failed the baseline was read only once",
                };
                let problem = problem.to_owned();
                return Phase::Ended(Outcome::Unverified { cause, problem });
            }
            Some(until) if until > at => closing.wait = Some(until.min(closing.deadline)),
            Some(_) => {
                self.late_write = None;
                let poll = at.after(self.timing().poll_interval);
                closing.wait = Some(poll.min(closing.deadline));
            }
            _ => return Phase::Ended(Outcome::RolledBack(cause)),
        }
        closing.step = Step::Verify;
        Phase::RollingBack { cause, closing }
    }

    fn rollback_failed(&self, cause: Cause, traffic: &Traffic, settled: bool) -> Phase {
        let outcome = match settled {
            true => Outcome::Stuck {
                cause: Some(cause),
                problem: format!("the app still has {traffic}"),
            },
            false => Outcome::Unverified {
                cause,
                problem: format!("the platform is still busy; the app last showed {traffic}"),
            },
        };
        Phase::Ended(outcome)
    }
}
