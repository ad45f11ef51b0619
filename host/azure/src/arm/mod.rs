//! The management API (ARM): requests, retries, errors and long-running operations.
//!
//! Knows how to ask and what an answer means for the next attempt; knows nothing of revisions or
//! traffic. A write is never repeated unless it is certain that the earlier one was not applied.

mod call;
mod client;
mod error;
mod operation;
mod reach;
mod retry_policy;

pub use client::{Connection, ConnectionError};
pub use error::{ArmError, Rejection};
pub use retry_policy::RetryPolicy;

pub(crate) use call::Subject;
pub(crate) use error::shortened;
pub(crate) use operation::Ending;

#[cfg(test)]
mod tests;
