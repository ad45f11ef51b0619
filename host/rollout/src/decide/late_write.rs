//! A forward write that was sent and not answered. It may land after a rollback and undo it (I-12).

use super::traffic_kind::TrafficKind;
use crate::event::Timestamp;
use crate::lease::{Lease, LeaseState};
use crate::traffic::Weight;

/// A write of unknown outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct LateWrite {
    /// The canary's weight in it.
    pub(super) weight: Weight,
    /// The lease's state in it.
    pub(super) state: LeaseState,
    /// The time from which on it cannot land any more.
    pub(super) until: Timestamp,
}

impl LateWrite {
    /// Returns whether a read shows what the write carried: then it has landed and cannot land again.
    pub(super) fn shows_in(self, kind: TrafficKind, lease: Option<&Lease>) -> bool {
        kind == TrafficKind::Split(self.weight)
            && lease.is_some_and(|lease| lease.state == self.state)
    }
}
