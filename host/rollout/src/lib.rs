//! Decides a rollout. Pure: no IO, no clock, no async runtime, no wasmtime.
//!
//! Read in this order: [`Plan`] (what shall happen), [`Fact`] (what happened), [`Rollout`] (what it means and what
//! is next), [`ports`] (how anything outside is touched), [`drive()`] (the one loop that does what was decided).

mod decide;
mod drive;
mod event;
mod lease;
mod outcome;
mod plan;
mod traffic;
mod verdict;

pub mod base64_text;
pub mod ports;

pub use decide::phase::{Baking, Closing, Gating, Phase, Step};
pub use decide::{Action, IllegalEvent, Intent, Purpose, Rollout};
pub use drive::{DriveError, Ports, Progress, drive};
pub use event::{Event, Fact, JOURNAL_VERSION, Timestamp};
pub use lease::{Inspection, Lease, LeaseState, Revision};
pub use outcome::{Cause, Outcome};
pub use plan::{Draft, OnDeadline, Plan, PlanError, Stage, Timing};
pub use traffic::{Share, Traffic, TrafficTarget, Weight};
pub use verdict::{GateAnswer, GateFailure, Kind, Measurement, Memory, Report, Verdict, human};

#[cfg(test)]
mod tests;
