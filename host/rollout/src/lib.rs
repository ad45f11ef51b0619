//! Decides a rollout. Pure: no IO, no clock, no async runtime, no wasmtime.
//!
//! Read in this order: [`Plan`] (what is to happen), [`Fact`] (what has happened), [`Rollout`] (what that means and
//! what is next), [`ports`] (the only way to touch anything outside), [`drive()`] (the loop that does what was
//! decided).

mod advisor;
mod calls;
mod decide;
mod drive;
mod event;
mod inspection;
mod labels;
mod lease;
mod list;
mod milliseconds;
mod note;
mod outcome;
mod plan;
mod question;
mod rfc3339;
mod timing;
mod traffic;
mod trap;
mod verdict;
mod watch;
mod writing;

pub mod answer_shape;
pub mod base64_text;
pub mod ports;

pub use decide::final_write::{FinalWrite, Step};
pub use decide::phase::{Baking, Gating, Holding, Phase, Shifting};
pub use decide::{Action, IllegalEvent, Intent, Purpose, ReadStable, Rollout};
pub use drive::{DriveError, Ports, Progress, drive};
pub use event::{EVENT_SCHEMA, Event, Fact, Timestamp};
pub use inspection::{Inspection, Revision, RevisionState, Undo};
pub use labels::Labels;
pub use lease::{LEASE_FORMAT, Lease, LeaseState, Place};
pub use list::listed;
pub use note::{Ended, EndedBy, LabelBefore, Note, Promotion};
pub use outcome::{Cause, Outcome};
pub use plan::{Draft, OnDeadline, Plan, PlanError, Stage};
pub use ports::CancelRequest;
pub use question::question;
pub use timing::Timing;
pub use traffic::{Share, Traffic, TrafficTarget, Weight};
pub use trap::{Frame, Trap};
pub use verdict::{
    GateAnswer, GateFailure, Kind, Measurement, Memory, MemoryKey, Report, Verdict, human,
};

#[cfg(test)]
mod tests;
