//! Rolling back: the whole baseline is written and read back, again and again until the rollback's own deadline.
//!
//! Once a run is here it never goes forward again. It needs nothing but the platform: no gate and no journal (I-8).

use super::compare::Read;
use super::final_write::{FinalWrite, Step};
use super::late_write::LateWrite;
use super::phase::Phase;
use super::rollout::Rollout;
use super::traffic_kind::TrafficKind;
use crate::event::{Fact, Timestamp};
use crate::lease::LeaseState;
use crate::outcome::{Cause, Outcome};
use crate::traffic::Weight;

/// After this number of writes the pause between two of them stays the same: ten polls.
const LONGEST_PAUSE_AFTER: u8 = 5;

impl Rollout {
    /// Turns back for good.
    pub(super) fn roll_back(&self, cause: Cause, at: Timestamp) -> Phase {
        let deadline = at.after(self.timing().rollback_deadline);
        Phase::RollingBack {
            cause,
            last: FinalWrite::starting_with(Step::Compare, deadline),
        }
    }

    pub(super) fn after_rolling_back(
        &mut self,
        fact: &Fact,
        cause: Cause,
        mut last: FinalWrite,
        at: Timestamp,
    ) -> Option<Phase> {
        match fact {
            Fact::Waited => last.wait = None,
            Fact::Unobserved { reason } => return Some(self.not_read(cause, last, reason, at)),
            Fact::Written | Fact::WriteUnknown { .. } | Fact::WriteRefused { .. } => {
                self.wrote = true;
                last.sent = last.sent.saturating_add(1).min(LONGEST_PAUSE_AFTER);
                if !matches!(fact, Fact::Written) {
                    // The next read may show the baseline from before the write, so two reads must show it.
                    self.late_write.get_or_insert(LateWrite {
                        weight: Weight::ZERO,
                        state: LeaseState::Running,
                        until: at,
                    });
                }
                last.step = Step::Verify;
            }
            _ => return None,
        }
        Some(Phase::RollingBack { cause, last })
    }

    /// The app could not be read. The baseline is written all the same, for it is right whatever the app has now (I-11),
    /// unless the last read showed another writer.
    fn not_read(&self, cause: Cause, mut last: FinalWrite, reason: &str, at: Timestamp) -> Phase {
        let may_write = self.has_traces() && !self.foreign_seen;
        let is_first_write = may_write && last.step == Step::Compare;
        if at >= last.deadline && !is_first_write {
            let problem = reason.to_owned();
            return Phase::Ended(Outcome::Unverified { cause, problem });
        }
        if may_write {
            last.step = Step::Write;
        }
        if !is_first_write {
            last.wait = Some(self.next_write(&last, at));
        }
        Phase::RollingBack { cause, last }
    }

    /// What follows from a read that shows no foreign change.
    pub(super) fn rolling_back_read(
        &mut self,
        cause: Cause,
        mut last: FinalWrite,
        read: Read<'_>,
        at: Timestamp,
    ) -> Phase {
        let kind = self.classify(read.traffic);
        if self
            .late_write
            .is_some_and(|write| write.shows_in(kind, read.lease))
        {
            // The late write has landed; the write that follows undoes it.
            self.late_write = None;
        }
        // A lease that is here and not foreign is this run's.
        let has_traces = self.has_traces() || read.lease.is_some();
        let is_clear = read.settled || (kind != TrafficKind::Foreign && !self.foreign_seen);
        let is_first_write = last.step == Step::Compare && has_traces && is_clear;
        let is_baseline = kind == TrafficKind::Baseline && read.lease.is_none();
        // One read may be too old to show what this run has written: the first write is sent whatever it shows.
        if read.settled && is_baseline && !(self.wrote && is_first_write) {
            return self.restored(cause, last, at);
        }
        if is_first_write {
            last.step = Step::Write;
        } else if at >= last.deadline {
            return rollback_failed(cause, read);
        } else if read.settled {
            last.step = Step::Write;
            last.wait = Some(self.next_write(&last, at));
        } else {
            let poll = at.after(self.timing().poll_interval);
            last.wait = Some(poll.min(last.deadline));
        }
        Phase::RollingBack { cause, last }
    }

    /// Returns when the baseline may be written once more: soon after the first time, then with growing pauses, since
    /// what refuses it (a busy app, a lost permission) seldom passes in a moment. Never after the deadline.
    fn next_write(&self, last: &FinalWrite, at: Timestamp) -> Timestamp {
        let polls = match last.sent {
            0 | 1 => 1,
            2 => 2,
            3 => 4,
            4 => 8,
            _ => 10,
        };
        let pause = self.timing().poll_interval.saturating_mul(polls);
        at.after(pause).min(last.deadline.max(at))
    }

    /// A settled read shows the baseline: the run is over, unless a write of unknown outcome may still land (I-12).
    /// Once it cannot land any more the app is read twice, since one read may be as old as the write.
    fn restored(&mut self, cause: Cause, mut last: FinalWrite, at: Timestamp) -> Phase {
        let Some(write) = self.late_write else {
            return Phase::Ended(Outcome::RolledBack(cause));
        };
        let may_land = write.until > at;
        if at >= last.deadline {
            let problem = if may_land {
                "a write whose answer was lost may still land"
            } else {
                "after a write that failed the baseline was read only once"
            };
            let problem = problem.to_owned();
            return Phase::Ended(Outcome::Unverified { cause, problem });
        }
        let again = if may_land {
            write.until
        } else {
            self.late_write = None;
            at.after(self.timing().poll_interval)
        };
        last.wait = Some(again.min(last.deadline));
        last.step = Step::Verify;
        Phase::RollingBack { cause, last }
    }
}

fn rollback_failed(cause: Cause, read: Read<'_>) -> Phase {
    let traffic = read.traffic;
    Phase::Ended(if read.settled {
        Outcome::Stuck {
            cause: Some(cause),
            problem: format!("the app still has {traffic}"),
        }
    } else {
        Outcome::Unverified {
            cause,
            problem: format!("the platform is still busy; the app last showed {traffic}"),
        }
    })
}
