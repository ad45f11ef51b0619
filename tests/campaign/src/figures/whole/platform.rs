//! An app on Azure Container Apps as the engine sees it: two revisions, a split, a lease, and calls that take their time.
//! Nothing fails here: how the engine deals with faults is proved elsewhere.

use std::sync::{Mutex, MutexGuard, PoisonError};

use rollout::ports::{
    Change, Clock as _, InspectError, Observation, Platform, Readiness, WriteOutcome,
};
use rollout::{
    Inspection, Intent, Labels, Lease, Purpose, Revision, RevisionState, Share, Traffic,
    TrafficTarget, Weight,
};

use super::clock::VirtualClock;
use super::served::{Served, Slice};

/// How long a read takes, and a write of traffic until it is done, in milliseconds.
const READ_MS: u64 = 300;
const WRITE_MS: u64 = 5_000;

const STABLE: &str = "shop--v1";
const CANARY: &str = "shop--v2";

/// The app.
pub(crate) struct Azure<'a> {
    clock: &'a VirtualClock,
    /// When the rollout begins, in milliseconds since 1970.
    begin_ms: u64,
    state: Mutex<State>,
}

struct State {
    traffic: Traffic,
    lease: Option<Lease>,
    served: Served,
}

impl<'a> Azure<'a> {
    /// Returns the app with all traffic on stable. `begin_ms` is the time of the clock's zero, in milliseconds since 1970.
    pub(crate) fn new(
        clock: &'a VirtualClock,
        begin_ms: u64,
        served: impl FnOnce(f64) -> Served,
    ) -> Azure<'a> {
        let state = State {
            traffic: baseline(),
            lease: None,
            served: served(seconds(begin_ms)),
        };
        Azure {
            clock,
            begin_ms,
            state: Mutex::new(state),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the time in seconds since 1970.
    pub(crate) fn now_s(&self) -> f64 {
        seconds(self.begin_ms + self.clock.now().0)
    }

    /// Returns the slices that are complete in the platform's counts.
    pub(crate) fn slices(&self) -> Vec<Slice> {
        let now = self.now_s();
        self.state().served.counted_at(now).to_vec()
    }

    /// Returns how many requests have failed so far because they were the canary's.
    pub(crate) fn extra_failures(&self) -> u64 {
        let now = self.now_s();
        let mut state = self.state();
        state.served.serve_until(now);
        state.served.extra_failures()
    }
}

impl Platform for Azure<'_> {
    async fn inspect(&self, _: &Intent) -> Result<Inspection, InspectError> {
        self.clock.pass(READ_MS).await;
        let state = self.state();
        Ok(Inspection {
            app: "shop".to_owned(),
            stable: revision(STABLE),
            canary: revision(CANARY),
            baseline: state.traffic.clone(),
            now: state.traffic.clone(),
            lease: state.lease.clone(),
            stable_unfit: None,
            stable_state: Some(RevisionState::Running),
            settled: true,
            labels: Labels::default(),
            undoes: None,
            read_at: self.unix_seconds(),
        })
    }

    async fn readiness(&self, _: &str) -> Readiness {
        self.clock.pass(READ_MS).await;
        Readiness::Ready
    }

    async fn observe(&self, stable: Option<&str>) -> Result<Observation, String> {
        self.clock.pass(READ_MS).await;
        let state = self.state();
        Ok(Observation {
            traffic: state.traffic.clone(),
            lease: state.lease.clone(),
            ended: None,
            stable: stable.map(|_| RevisionState::Running),
            settled: true,
        })
    }

    async fn write(&self, change: Change<'_>) -> WriteOutcome {
        self.clock.pass(WRITE_MS).await;
        if change.purpose != Purpose::Mark {
            let now = self.now_s();
            let mut state = self.state();
            state
                .served
                .set_weight(now, change.traffic.weight_of(CANARY));
            state.traffic = change.traffic.clone();
            state.lease = change.lease.cloned();
        }
        WriteOutcome::Applied
    }

    async fn activate(&self, _: &str) -> Result<(), String> {
        self.clock.pass(READ_MS).await;
        Ok(())
    }

    fn unix_seconds(&self) -> u64 {
        (self.begin_ms + self.clock.now().0) / 1_000
    }
}

fn baseline() -> Traffic {
    Traffic(vec![Share {
        target: TrafficTarget::Revision(STABLE.to_owned()),
        weight: Weight::ALL,
        label: None,
    }])
}

fn revision(name: &str) -> Revision {
    Revision {
        name: name.to_owned(),
        url: format!("https://{name}.example.com"),
        image: String::new(),
    }
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
fn seconds(ms: u64) -> f64 {
    ms as f64 / 1_000.0
}
