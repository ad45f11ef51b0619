//! The lease: what lockgate writes on the app in the same request as the weights.
//!
//! It names the run that holds the app and everything that another machine needs to finish or undo that run with
//! access to the app alone. How a platform stores it is the adapter's business.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::labels::Labels;
use crate::traffic::{Traffic, Weight};

/// The format of the leases that this version writes. A lease of a newer format can be undone, and nothing else.
pub const LEASE_FORMAT: u32 = 1;

/// A run's hold on an app, with an expiry. Times are in seconds since 1970 on the platform's clock.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Lease {
    /// The format that it was written in, at most [`LEASE_FORMAT`] unless a newer version wrote it.
    pub format: u32,
    /// The run's id.
    pub run: String,
    /// The number of processes that have owned the run, this one included: 1 for the first, 1 more at each take-over.
    pub epoch: u32,
    /// The process that wrote the lease. Two processes that take a run over at once share an epoch and differ here.
    pub holder: String,
    /// Where that process runs.
    pub place: Place,
    /// When the run began.
    #[serde(with = "crate::rfc3339")]
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub begun_at: u64,
    /// The stable revision's name.
    pub stable: String,
    /// The canary revision's name.
    pub canary: String,
    /// The labels that move with the write of 100 %.
    #[serde(default, skip_serializing_if = "Labels::is_empty")]
    pub labels: Labels,
    /// Why promotion gates decide nothing in the run; `None` where they do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emergency: Option<String>,
    /// The weights of the run's stages, in order.
    pub stages: Vec<Weight>,
    /// The stage that was written, from 0.
    pub stage: u32,
    /// The canary's weight at that stage.
    pub weight: Weight,
    /// When that weight was written.
    #[serde(with = "crate::rfc3339")]
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub weight_since: u64,
    /// Whether the run moves traffic or stands still.
    pub state: LeaseState,
    /// The traffic array that a rollback restores.
    pub baseline: Traffic,
    /// A run that has not written again by then counts as dead; a pause ends then.
    #[serde(with = "crate::rfc3339")]
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub expires_at: u64,
}

impl Lease {
    /// Returns whether a newer version wrote the lease, so that it may mean more than this version can read.
    pub fn is_newer(&self) -> bool {
        self.format > LEASE_FORMAT
    }
}

/// Where a process runs, for a person who looks for it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Place {
    /// The machine's name; empty when it has none that the platform can store.
    pub host: String,
    /// The address of the pipeline's run; `None` outside a pipeline, and for one that the platform cannot store whole.
    pub pipeline: Option<String>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.pipeline, self.host.as_str()) {
            (Some(pipeline), "") => f.write_str(pipeline),
            (Some(pipeline), host) => write!(f, "{pipeline}, host {host}"),
            (None, "") => f.write_str("an unknown host"),
            (None, host) => write!(f, "host {host}"),
        }
    }
}

/// Where the run of a lease stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LeaseState {
    /// A process is moving traffic.
    Running,
    /// Frozen at its weight until a person decides.
    Held,
    /// Frozen at its weight until a person approves, or until the lease expires.
    Paused,
}
