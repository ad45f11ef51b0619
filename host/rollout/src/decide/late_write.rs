//! A forward write that was sent and may still land. It may land after a rollback and undo it (I-12).

use std::time::Duration;

use super::rollout::Rollout;
use super::traffic_kind::TrafficKind;
use crate::event::{Fact, Timestamp};
use crate::lease::{Lease, LeaseState};
use crate::traffic::Weight;

/// A write that may still land.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct LateWrite {
    /// Whose write it is.
    pub(super) of: LateWriter,
    /// The time from which on it cannot land any more.
    pub(super) until: Timestamp,
}

/// The process that sent a write that may still land.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum LateWriter {
    /// This one; the answer was lost.
    Own {
        /// The canary's weight in the write.
        weight: Weight,
        /// The lease's state in it.
        state: LeaseState,
    },
    /// This one, restoring the baseline; the answer was lost. It lands where it should, but after the run it would land
    /// over what somebody else has written since.
    Restore {
        /// True when the app had something else when it was sent, and no other restore may be under way: then a read that
        /// shows the baseline shows that it has landed.
        shows: bool,
    },
    /// This one, ending or pausing its run: the answer was lost. It lands where it should, but after the run it would land
    /// over what another process has written since.
    Settle {
        /// The canary's weight in the write.
        weight: Weight,
        /// The lease's state in it; `None` of a promotion.
        state: Option<LeaseState>,
        /// True when no other such write was sent: then a read that shows it shows that it has landed.
        shows: bool,
    },
    /// The process from which this one took the run over. It may be alive, and may have sent any write of the run.
    Predecessor,
}

impl LateWrite {
    /// Returns whether a settled read shows that this process's own write has landed: then it cannot land again.
    pub(super) fn shows_in(self, kind: TrafficKind, lease: Option<&Lease>) -> bool {
        match self.of {
            LateWriter::Own { weight, state } => {
                kind == TrafficKind::Split(weight)
                    && lease.is_some_and(|lease| lease.state == state)
            }
            LateWriter::Settle {
                weight,
                state,
                shows,
            } => {
                let has_state = lease.map(|lease| lease.state) == state;
                shows && has_state && kind == TrafficKind::Split(weight)
            }
            LateWriter::Restore { shows } => {
                shows && kind == TrafficKind::Baseline && lease.is_none()
            }
            LateWriter::Predecessor => false,
        }
    }
}

impl Rollout {
    /// Takes note of a write that ends or pauses the run and whose answer was lost, or that follows such a one.
    pub(super) fn note_settle(
        &mut self,
        fact: &Fact,
        weight: Weight,
        state: Option<LeaseState>,
        at: Timestamp,
    ) {
        let is_unknown = matches!(fact, Fact::WriteUnknown { .. });
        let window = at.after(self.timing().late_write_window);
        if let Some(LateWrite {
            of: LateWriter::Settle { shows, .. },
            until,
        }) = &mut self.late_write
        {
            // What a read shows may be there because of either.
            *shows = false;
            if is_unknown {
                *until = window;
            }
        } else if is_unknown {
            let of = LateWriter::Settle {
                weight,
                state,
                shows: true,
            };
            self.late_write = Some(LateWrite { of, until: window });
        }
    }

    /// Returns when to look again, where a settled read shows what the run has written last and an earlier write of it
    /// may still land (I-12).
    pub(super) fn settles_until(&self, at: Timestamp) -> Option<Timestamp> {
        let late = self.late_write?;
        let may_land = matches!(late.of, LateWriter::Settle { shows: false, .. });
        let twice: Duration = self.timing().poll_interval.saturating_mul(2);
        (may_land && late.until > at).then(|| at.after(twice).min(late.until))
    }
}
