//! Rolling back: the whole baseline is written and read back, again and again until the rollback's own deadline.
//!
//! Once a run is here it never goes forward again. It needs nothing but the platform: no gate and no journal (I-8).
//! The baseline is of use only while the stable revision is active, so one that is not is activated.

use super::action::Intent;
use super::compare::Read;
use super::final_write::{FinalWrite, Step};
use super::late_write::{LateWrite, LateWriter};
use super::phase::Phase;
use super::rollout::Rollout;
use super::traffic_kind::TrafficKind;
use crate::event::{Fact, Timestamp};
use crate::inspection::RevisionState;
use crate::outcome::{Cause, Outcome};
use crate::traffic::Weight;

impl Rollout {
    /// Turns back for good.
    pub(super) fn roll_back(&self, cause: Cause, at: Timestamp) -> Phase {
        let timing = self.timing();
        let deadline = at.after(timing.rollback_deadline);
        let last = FinalWrite {
            settle_until: at.after(timing.compare_deadline).min(deadline),
            ..FinalWrite::starting_with(Step::Compare, deadline)
        };
        Phase::RollingBack { cause, last }
    }

    pub(super) fn after_rolling_back(
        &mut self,
        fact: &Fact,
        cause: Cause,
        mut last: FinalWrite,
        at: Timestamp,
    ) -> Option<Phase> {
        if last.step == Step::Mark {
            // The baseline is verified, and the note changes nothing about it.
            return is_write(fact).then_some(Phase::Ended(Outcome::RolledBack(cause)));
        }
        match fact {
            Fact::Waited => last.wait = None,
            Fact::Unobserved { reason } => return Some(self.not_read(cause, last, reason, at)),
            Fact::Activated => {
                self.activated = true;
                last.step = match last.step {
                    Step::Reactivate => Step::Verify,
                    _ => Step::Write,
                };
            }
            Fact::NotActivated { reason } => {
                if at >= last.deadline {
                    return Some(self.stable_does_not_serve(cause, reason));
                }
                last.note_pause(fact, at);
                last.wait = Some(last.next_write(self.timing().poll_interval, at));
            }
            _ if is_write(fact) => {
                self.wrote = true;
                last.note_pause(fact, at);
                self.note_restore(fact, at);
                last.step = Step::Verify;
            }
            _ => return None,
        }
        Some(Phase::RollingBack { cause, last })
    }

    /// Takes note of a write of the baseline whose answer was lost, or that follows such a one.
    fn note_restore(&mut self, fact: &Fact, at: Timestamp) {
        let is_unknown = matches!(fact, Fact::WriteUnknown { .. });
        let window = at.after(self.timing().late_write_window);
        match &mut self.late_write {
            Some(LateWrite {
                of: LateWriter::Restore { shows },
                until,
            }) => {
                // The baseline may be there because of either.
                *shows = false;
                if is_unknown {
                    *until = window;
                }
            }
            // What may still land undoes the rollback, which is the worse of the two.
            Some(_) => {}
            None if is_unknown => {
                let shows = self.off_baseline;
                self.late_write = Some(LateWrite {
                    of: LateWriter::Restore { shows },
                    until: window,
                });
            }
            // The next read may show the baseline from before the write, so two reads must show it.
            None if !matches!(fact, Fact::Written) => {
                self.late_write = Some(LateWrite {
                    of: LateWriter::Restore { shows: false },
                    until: at,
                });
            }
            None => {}
        }
    }

    /// The app could not be read. The baseline is written all the same, for it is right whatever the app has now (I-11),
    /// unless the last read showed another writer.
    fn not_read(&self, cause: Cause, mut last: FinalWrite, reason: &str, at: Timestamp) -> Phase {
        // Nothing says that the traffic is still as an undo found it.
        let has_compared = self.wrote || !self.is_undoing();
        let may_write = self.has_traces() && !self.foreign_seen && has_compared;
        let is_first_write = may_write && last.step == Step::Compare;
        if at >= last.deadline && !is_first_write {
            let problem = reason.to_owned();
            return Phase::Ended(Outcome::Unverified { cause, problem });
        }
        if may_write {
            last.step = self.write_step();
        }
        if !is_first_write {
            last.wait = Some(last.next_write(self.timing().poll_interval, at));
        }
        Phase::RollingBack { cause, last }
    }

    /// Returns the step that writes: a stable revision that was last seen inactive is activated first.
    fn write_step(&self) -> Step {
        if self.stable_state == Some(RevisionState::Inactive) && !self.activated {
            Step::Activate
        } else {
            Step::Write
        }
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
        if self.has_promoted_meanwhile(kind, read) {
            return Phase::Ended(Outcome::Idle);
        }
        self.note_landed(kind, read, at);
        let is_baseline = kind == TrafficKind::Baseline && read.lease.is_none();
        if read.settled {
            self.off_baseline = !is_baseline;
        }
        // A lease that is here and not foreign is this run's.
        let has_traces = self.has_traces() || read.lease.is_some();
        // What the platform applies while an undo has not written is somebody else's.
        let may_be_own =
            self.late_write.is_some() || (at >= last.settle_until && !self.is_undoing());
        let is_clear =
            read.settled || (may_be_own && kind != TrafficKind::Foreign && !self.foreign_seen);
        let is_first_write = last.step == Step::Compare && has_traces && is_clear;
        // One read may be too old to show what this run has written: the first write is sent whatever it shows.
        if read.settled && is_baseline && !(self.wrote && is_first_write) {
            return self.restored(cause, last, read.stable, at);
        }
        if is_first_write {
            last.step = self.write_step();
        } else if at >= last.deadline {
            return rollback_failed(cause, read);
        } else if read.settled {
            // Right after somebody else's change is applied the next one may be on its way.
            last.wait = (last.sent > 0).then(|| last.next_write(self.timing().poll_interval, at));
            last.step = self.write_step();
        } else {
            last.sent = 0;
            let poll = at.after(self.timing().poll_interval);
            last.wait = Some(poll.min(last.deadline));
        }
        Phase::RollingBack { cause, last }
    }

    /// Returns whether the run that this one was to end has ended by itself: its canary has all traffic and its lease is
    /// gone. What passed every check is not undone.
    fn has_promoted_meanwhile(&self, kind: TrafficKind, read: Read<'_>) -> bool {
        let takes_over = matches!(self.intent, Intent::Abort { .. } | Intent::Recover { .. });
        takes_over
            && !self.wrote
            && read.settled
            && read.lease.is_none()
            && kind == TrafficKind::Split(Weight::ALL)
            && self.found().lease.is_some()
    }

    /// Takes note of a write that may still land and that a read shows landed.
    fn note_landed(&mut self, kind: TrafficKind, read: Read<'_>, at: Timestamp) {
        let Some(late) = self.late_write else { return };
        match late.of {
            // A forward write that has landed is undone by the write that follows.
            LateWriter::Own { .. } | LateWriter::Settle { .. }
                if late.shows_in(kind, read.lease) =>
            {
                self.late_write = None;
            }
            LateWriter::Restore { .. } if read.settled && late.shows_in(kind, read.lease) => {
                self.late_write = None;
            }
            LateWriter::Own { .. } | LateWriter::Settle { .. } | LateWriter::Restore { .. } => {}
            LateWriter::Predecessor => {
                let is_restored = kind == TrafficKind::Baseline && read.lease.is_none();
                if !is_restored && late.until > at {
                    // A process that is alive takes its write for a success, and may send the next one.
                    let until = at.after(self.timing().late_write_window);
                    self.late_write = Some(LateWrite { until, ..late });
                }
            }
        }
    }

    /// A settled read shows the baseline: the run is over, unless the stable revision does not serve it, or a write may
    /// still land (I-12). Once it cannot land any more the app is read twice, since one read may be as old as the write.
    fn restored(
        &mut self,
        cause: Cause,
        mut last: FinalWrite,
        stable: Option<RevisionState>,
        at: Timestamp,
    ) -> Phase {
        let poll = self.timing().poll_interval;
        let is_starting = stable == Some(RevisionState::Starting) && self.activated;
        if stable == Some(RevisionState::Inactive) || is_starting {
            if at >= last.deadline {
                return self.stable_does_not_serve(cause, "it does not run in time");
            }
            last.step = if is_starting {
                Step::Verify
            } else {
                Step::Reactivate
            };
            last.wait = Some(last.next_write(poll, at));
            return Phase::RollingBack { cause, last };
        }
        let Some(write) = self.late_write else {
            if self.must_mark(&cause) {
                last.step = Step::Mark;
                last.wait = None;
                last.deadline = at.after(self.timing().verify_deadline);
                return Phase::RollingBack { cause, last };
            }
            return Phase::Ended(Outcome::RolledBack(cause));
        };
        let may_land = write.until > at;
        if may_land && write.of == LateWriter::Predecessor && !self.hurried {
            // The baseline is restored in time; the deadline does not end the watch.
            let poll = poll.saturating_mul(2);
            last.deadline = last.deadline.max(write.until.after(poll));
        }
        if at >= last.deadline {
            let problem = match (may_land, write.of) {
                (
                    true,
                    LateWriter::Own { .. } | LateWriter::Settle { .. } | LateWriter::Restore { .. },
                ) => "a write whose answer was lost may still land",
                (true, LateWriter::Predecessor) => {
                    "a write of the run that was ended may still land"
                }
                (false, _) => "after a write that failed the baseline was read only once",
            };
            let problem = problem.to_owned();
            return Phase::Ended(Outcome::Unverified { cause, problem });
        }
        let again = if may_land {
            // What lands is seen soon, because it sends requests to the canary.
            at.after(poll.saturating_mul(2)).min(write.until)
        } else {
            self.late_write = None;
            at.after(poll)
        };
        last.wait = Some(again.min(last.deadline));
        last.step = Step::Verify;
        Phase::RollingBack { cause, last }
    }

    fn stable_does_not_serve(&self, cause: Cause, reason: &str) -> Phase {
        Phase::Ended(Outcome::Stuck {
            cause: Some(cause),
            problem: format!(
                "stable revision {} was not active, and {reason}",
                self.found().stable.name
            ),
        })
    }
}

/// Returns whether a fact is the outcome of a write.
fn is_write(fact: &Fact) -> bool {
    matches!(
        fact,
        Fact::Written
            | Fact::WriteUnknown { .. }
            | Fact::WriteRefused { .. }
            | Fact::WriteNotNow { .. }
    )
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
