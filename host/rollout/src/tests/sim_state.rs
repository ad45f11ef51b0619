//! What the simulated platform has at one time: the app's traffic and lease, the writes that were sent, and those that
//! have not landed yet. A copy of it is the platform as a crash leaves it.

use std::collections::BTreeMap;
use std::time::Duration;

use super::sample::baseline;
use crate::ports::WriteOutcome;
use crate::{Kind, Lease, Timestamp, Traffic};

/// What happens to a write instead of being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WriteFault {
    Refused,
    AppliedAnswerLost,
    Lost,
    /// The answer is lost and the write lands this much later.
    Late(Duration),
    /// Reported as done, and done; this many reads still show the app as it was before.
    Stale(usize),
}

/// A write as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sent {
    pub(super) traffic: Traffic,
    pub(super) lease: Option<Lease>,
    /// The number of the await point in which it was sent.
    pub(super) call: usize,
}

/// The traffic and the lease of the app, which every write replaces together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) traffic: Traffic,
    pub(super) lease: Option<Lease>,
}

/// A write that was sent and has not landed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Landing {
    at: Timestamp,
    write: Shown,
}

/// Everything about the platform that changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SimState {
    pub(super) now: Timestamp,
    pub(super) traffic: Traffic,
    pub(super) lease: Option<Lease>,
    pub(super) sent: Vec<Sent>,
    /// Number of await points so far.
    pub(super) calls: usize,
    pub(super) foreign_write: bool,
    /// The app before its last change.
    pub(super) before: Shown,
    pub(super) landing: Vec<Landing>,
    pub(super) stale_reads: usize,
    pub(super) reads: usize,
    pub(super) asked: BTreeMap<(Kind, u32, u32), usize>,
}

impl SimState {
    pub(super) fn before_any_run() -> SimState {
        SimState {
            now: Timestamp::default(),
            traffic: baseline(),
            lease: None,
            sent: Vec::new(),
            calls: 0,
            foreign_write: false,
            before: Shown {
                traffic: baseline(),
                lease: None,
            },
            landing: Vec::new(),
            stale_reads: 0,
            reads: 0,
            asked: BTreeMap::new(),
        }
    }

    /// Returns the state a day later: every write that was under way has landed and every lease has expired.
    pub(super) fn a_day_later(&self) -> SimState {
        let mut state = self.clone();
        state.advance(Duration::from_hours(24));
        state
    }

    /// Returns the state with a platform whose next read shows the app as it is.
    pub(super) fn with_fresh_reads(&self) -> SimState {
        SimState {
            stale_reads: 0,
            ..self.clone()
        }
    }

    /// Returns the state with a write under way that lands after `later`.
    pub(super) fn with_write_under_way(&self, write: &Sent, later: Duration) -> SimState {
        let mut state = self.clone();
        state.land_later(later, write.traffic.clone(), write.lease.clone());
        state
    }

    /// Seconds since 1970, on the platform's clock.
    pub(super) fn unix_seconds(&self) -> u64 {
        1_700_000_000 + self.now.0 / 1_000
    }

    fn land_later(&mut self, later: Duration, traffic: Traffic, lease: Option<Lease>) {
        let at = self.now.after(later);
        let write = Shown { traffic, lease };
        self.landing.push(Landing { at, write });
    }

    pub(super) fn advance(&mut self, by: Duration) {
        self.now = self.now.after(by);
        let now = self.now;
        self.landing.sort_by_key(|landing| landing.at);
        while self.landing.first().is_some_and(|next| next.at <= now) {
            let Shown { traffic, lease } = self.landing.remove(0).write;
            self.change(traffic, lease);
        }
    }

    pub(super) fn change(&mut self, traffic: Traffic, lease: Option<Lease>) {
        let before = std::mem::replace(&mut self.traffic, traffic);
        let lease = std::mem::replace(&mut self.lease, lease);
        if (&before, &lease) != (&self.traffic, &self.lease) {
            self.before = Shown {
                traffic: before,
                lease,
            };
        }
    }

    pub(super) fn write(
        &mut self,
        fault: Option<WriteFault>,
        traffic: &Traffic,
        lease: Option<&Lease>,
    ) -> WriteOutcome {
        let unknown = || WriteOutcome::Unknown("the connection was reset".to_owned());
        let (traffic, lease) = (traffic.clone(), lease.cloned());
        match fault {
            Some(WriteFault::Refused) => return WriteOutcome::Refused("409 busy".to_owned()),
            Some(WriteFault::Lost) => return unknown(),
            Some(WriteFault::Late(later)) => {
                self.land_later(later, traffic, lease);
                return unknown();
            }
            _ => self.change(traffic, lease),
        }
        match fault {
            Some(WriteFault::AppliedAnswerLost) => return unknown(),
            Some(WriteFault::Stale(reads)) => self.stale_reads = reads,
            _ => {}
        }
        WriteOutcome::Applied
    }
}
