//! What an operation changes in its app when it succeeds. Plain data: `write.rs` plans it,
//! `settle.rs` applies it.

use serde_json::Value;

use super::traffic::TrafficEntry;

/// What an operation changes in its app.
#[derive(Debug)]
pub(crate) enum AppChange {
    Write(Box<PlannedWrite>),
    Start,
    Stop,
    Delete,
}

/// The result of a PATCH or PUT.
#[derive(Debug)]
pub(crate) struct PlannedWrite {
    pub(crate) document: Value,
    pub(crate) traffic: Vec<TrafficEntry>,
    /// The new secrets, if the body has any.
    pub(crate) secrets: Option<Vec<Value>>,
    /// The revision to create, if the template has changed.
    pub(crate) revision: Option<PlannedRevision>,
}

/// A revision to be created.
#[derive(Debug)]
pub(crate) struct PlannedRevision {
    pub(crate) name: String,
    pub(crate) template: Value,
    /// `host:port` of its listener, which must be open before the operation ends.
    pub(crate) address: String,
}
