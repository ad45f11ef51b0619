//! What the simulated platform has at one time: the app's traffic and lease, the writes that were sent, and those that
//! have not landed yet. A copy of it is the platform as a crash leaves it.

use std::collections::BTreeMap;
use std::time::Duration;

use super::sample::baseline;
use crate::ports::WriteOutcome;
use crate::{Ended, Kind, Lease, Note, RevisionState, Timestamp, Traffic};

/// What happens to a write instead of being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WriteFault {
    Refused,
    /// The platform is busy and does not take it.
    NotNow,
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
    pub(super) ended: Option<Ended>,
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
    pub(super) ended: Option<Ended>,
    /// The notes that were left without a write of traffic.
    pub(super) marked: Vec<Note>,
    pub(super) stable: RevisionState,
    pub(super) activations: usize,
    pub(super) sent: Vec<Sent>,
    /// Number of await points so far.
    pub(super) calls: usize,
    /// Number of calls that were begun for the run's own actions.
    pub(super) begun: usize,
    pub(super) foreign_write: bool,
    /// The app before its last change.
    pub(super) before: Shown,
    pub(super) landing: Vec<Landing>,
    pub(super) stale_reads: usize,
    pub(super) reads: usize,
    pub(super) asked: BTreeMap<(Kind, u32, u32), usize>,
    /// The questions to gates that decide nothing.
    pub(super) advised: Vec<AdviceAsked>,
}

/// A question to a gate that decides nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct AdviceAsked {
    pub(super) gate: String,
    pub(super) kind: Kind,
    pub(super) weight: u32,
    pub(super) next_weight: u32,
    pub(super) asked: u32,
    /// The state that it got.
    pub(super) state: Vec<u8>,
    pub(super) at: Timestamp,
}

impl SimState {
    pub(super) fn before_any_run() -> SimState {
        SimState {
            now: Timestamp::default(),
            traffic: baseline(),
            lease: None,
            ended: None,
            marked: Vec::new(),
            stable: RevisionState::Running,
            activations: 0,
            sent: Vec::new(),
            calls: 0,
            begun: 0,
            foreign_write: false,
            before: Shown {
                traffic: baseline(),
                lease: None,
                ended: None,
            },
            landing: Vec::new(),
            stale_reads: 0,
            reads: 0,
            asked: BTreeMap::new(),
            advised: Vec::new(),
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
        state.land_later(later, write.traffic.clone(), write.lease.clone(), None);
        state
    }

    /// Seconds since 1970, on the platform's clock.
    pub(super) fn unix_seconds(&self) -> u64 {
        1_700_000_000 + self.now.0 / 1_000
    }

    fn land_later(
        &mut self,
        later: Duration,
        traffic: Traffic,
        lease: Option<Lease>,
        ended: Option<Ended>,
    ) {
        let at = self.now.after(later);
        let write = Shown {
            traffic,
            lease,
            ended,
        };
        self.landing.push(Landing { at, write });
    }

    pub(super) fn advance(&mut self, by: Duration) {
        self.now = self.now.after(by);
        let now = self.now;
        self.landing.sort_by_key(|landing| landing.at);
        while self.landing.first().is_some_and(|next| next.at <= now) {
            let Shown {
                traffic,
                lease,
                ended,
            } = self.landing.remove(0).write;
            self.change(traffic, lease, ended);
        }
    }

    pub(super) fn change(&mut self, traffic: Traffic, lease: Option<Lease>, ended: Option<Ended>) {
        let before = Shown {
            traffic: std::mem::replace(&mut self.traffic, traffic),
            lease: std::mem::replace(&mut self.lease, lease),
            ended: std::mem::replace(&mut self.ended, ended),
        };
        let is_changed = (&before.traffic, &before.lease) != (&self.traffic, &self.lease);
        if is_changed || before.ended != self.ended {
            self.before = before;
        }
    }

    pub(super) fn write(
        &mut self,
        fault: Option<WriteFault>,
        traffic: &Traffic,
        lease: Option<&Lease>,
        ended: Option<&Ended>,
    ) -> WriteOutcome {
        let unknown = || WriteOutcome::Unknown("the connection was reset".to_owned());
        let (traffic, lease) = (traffic.clone(), lease.cloned());
        // What the last end left stays until another write replaces it.
        let ended = ended.cloned().or_else(|| self.ended.clone());
        match fault {
            Some(WriteFault::NotNow) => {
                return WriteOutcome::NotNow {
                    reason: "409 busy".to_owned(),
                    pause: None,
                };
            }
            Some(WriteFault::Refused) => return WriteOutcome::Refused("409 busy".to_owned()),
            Some(WriteFault::Lost) => return unknown(),
            Some(WriteFault::Late(later)) => {
                self.land_later(later, traffic, lease, ended);
                return unknown();
            }
            _ => self.change(traffic, lease, ended),
        }
        match fault {
            Some(WriteFault::AppliedAnswerLost) => return unknown(),
            Some(WriteFault::Stale(reads)) => self.stale_reads = reads,
            _ => {}
        }
        WriteOutcome::Applied
    }
}
