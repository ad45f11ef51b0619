//! Who is who in a rollout, and the lease of it that travels with the weights.

use serde::{Deserialize, Serialize};

use crate::traffic::{Traffic, Weight};

/// One revision as the run resolved it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Revision {
    /// The platform's full name.
    pub name: String,
    /// The origin where exactly this revision answers: scheme, host, port; no path.
    pub url: String,
    /// The first container's image; empty when the platform does not say.
    pub image: String,
}

/// What a run found before it wrote anything. Fixed from then on (I-4).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Inspection {
    /// The app's name.
    pub app: String,
    /// The revision that carries the traffic.
    pub stable: Revision,
    /// The revision that shall carry it.
    pub canary: Revision,
    /// The whole traffic array before the first write of the run.
    pub baseline: Traffic,
    /// The traffic array as it was read now: the baseline, unless an earlier process of the run has written.
    pub now: Traffic,
    /// The lease of another process of this run, or of another run, if the app carries one.
    pub lease: Option<Lease>,
    /// Why the stable revision cannot be given the traffic, with what to type; `None` as far as is known it can.
    pub stable_unfit: Option<String>,
}

impl Inspection {
    /// Says whether a run may begin: stable, by its name, carries everything, and the canary is another revision; or
    /// there is no other yet.
    pub(crate) fn can_begin(&self) -> bool {
        self.is_first() || self.baseline.is_all_of(&self.stable.name)
    }

    /// Says whether this is the app's first deployment: its only revision carries everything already, and the gates
    /// are asked before it is called good. Nothing is ever written in such a run.
    pub fn is_first(&self) -> bool {
        self.stable.name == self.canary.name
    }
}

/// What lockgate writes on the app in the same request as the weights, so that any machine can finish or undo the
/// run with nothing but access to the app.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Lease {
    /// The run's id.
    pub run: String,
    /// Counts the processes that have owned the run: 1 for the first, one more at each take-over.
    pub epoch: u32,
    /// The process that wrote it: two that take a run over at once share an epoch, and differ here.
    pub holder: String,
    /// The stable revision's name.
    pub stable: String,
    /// The canary revision's name.
    pub canary: String,
    /// The stage that was written, counted from 0.
    pub stage: u32,
    /// The canary's weight at that stage.
    pub weight: Weight,
    /// Where the run stands.
    pub state: LeaseState,
    /// The traffic array to give back.
    pub baseline: Traffic,
    /// Seconds since 1970 after which a run that has not written again is dead.
    pub expires_at: u64,
}

/// Where a recorded run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LeaseState {
    /// A process is moving traffic.
    Running,
    /// Frozen at its weight until a person decides.
    Held,
}
