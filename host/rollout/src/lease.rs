//! The lease: what lockgate writes on the app in the same request as the weights.
//!
//! It names the run that holds the app and everything that another machine needs to finish or undo that run with
//! access to the app alone. How a platform stores it is the adapter's business.

use serde::{Deserialize, Serialize};

use crate::traffic::{Traffic, Weight};

/// A run's hold on an app, with an expiry.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Lease {
    /// The run's id.
    pub run: String,
    /// The number of processes that have owned the run, this one included: 1 for the first, 1 more at each take-over.
    pub epoch: u32,
    /// The process that wrote the lease. Two processes that take a run over at once share an epoch and differ here.
    pub holder: String,
    /// The stable revision's name.
    pub stable: String,
    /// The canary revision's name.
    pub canary: String,
    /// The stage that was written, from 0.
    pub stage: u32,
    /// The canary's weight at that stage.
    pub weight: Weight,
    /// Whether the run moves traffic or stands still.
    pub state: LeaseState,
    /// The traffic array that a rollback restores.
    pub baseline: Traffic,
    /// Seconds since 1970. A run that has not written again by then counts as dead.
    pub expires_at: u64,
}

/// Where the run of a lease stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LeaseState {
    /// A process is moving traffic.
    Running,
    /// Frozen at its weight until a person decides.
    Held,
}
