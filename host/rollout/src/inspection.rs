//! What a run found before it wrote anything: the app, its two revisions, its traffic and its lease.

use serde::{Deserialize, Serialize};

use crate::lease::Lease;
use crate::traffic::{Traffic, Weight};

/// One revision as the run resolved it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Revision {
    /// The platform's full name.
    pub name: String,
    /// The origin where exactly this revision answers: scheme, host, port; no path.
    pub url: String,
    /// The first container's image; empty when the platform does not report one.
    pub image: String,
}

/// Whether a revision can take requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RevisionState {
    /// It is not active: requests to it fail.
    Inactive,
    /// It is active and not running yet.
    Starting,
    /// It is active, and runs or starts with the first request.
    Running,
}

/// What a run found before it wrote anything. Fixed from then on (I-4).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Inspection {
    /// The app's name.
    pub app: String,
    /// The revision that has the traffic before the run.
    pub stable: Revision,
    /// The revision that has the traffic after a promotion.
    pub canary: Revision,
    /// The whole traffic array before the first write of the run.
    pub baseline: Traffic,
    /// The traffic array as it was read now: the baseline, unless an earlier process of the run has written.
    pub now: Traffic,
    /// The lease on the app, of another process of this run or of another run; `None` when the app has no lease.
    pub lease: Option<Lease>,
    /// Why the stable revision cannot serve, with what to type; `None` when no reason is known. A revision that is only
    /// inactive is not unfit: a rollback activates it.
    pub stable_unfit: Option<String>,
    /// The state of the stable revision; `None` when it could not be read.
    pub stable_state: Option<RevisionState>,
    /// False while the platform is still applying a write of some writer.
    pub settled: bool,
    /// When the app was read, in seconds since 1970 on the platform's clock. The age of a lease is judged by it.
    pub read_at: u64,
}

impl Inspection {
    /// Returns whether a run may begin: the stable revision has all traffic under its name and the canary is another
    /// revision, or the app has one revision only.
    pub(crate) fn can_begin(&self) -> bool {
        self.is_first() || self.baseline.is_all_of(&self.stable.name)
    }

    /// Returns whether this is the app's first deployment: its only revision has all traffic already. Such a run asks
    /// the gates and writes nothing.
    pub fn is_first(&self) -> bool {
        self.stable.name == self.canary.name
    }

    /// Returns the baseline with all its weight shared by stable and canary: `weight` to the canary.
    pub(crate) fn split(&self, weight: Weight) -> Traffic {
        self.baseline
            .split(&self.stable.name, &self.canary.name, weight)
    }
}
