//! A forward write that was sent and may still land. It may land after a rollback and undo it (I-12).

use super::traffic_kind::TrafficKind;
use crate::event::Timestamp;
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
