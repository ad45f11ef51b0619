//! The management API (ARM): requests, retries, errors and long-running operations.
//!
//! Knows which failures allow another attempt; knows nothing of revisions or traffic. Read in this order:
//! `connection` (what requests share), `send` (one attempt), `read` and `write` (what is repeated), `operation`
//! (what an accepted write starts), `error` (what a failure means). `http_client` sets TLS, proxy and redirects; `trace` says
//! what of a request can be seen from outside.

mod advice;
mod call;
mod connection;
mod error;
mod headers;
pub(crate) mod http_client;
mod operation;
mod reach;
mod read;
mod retry_policy;
mod send;
mod skew;
mod subject;
mod trace;
mod write;

pub use connection::Connection;
pub use error::{ArmError, Rejection};
pub use http_client::ConnectionError;
pub use retry_policy::RetryPolicy;

pub(crate) use error::shortened;
pub(crate) use operation::OperationOutcome;
pub(crate) use subject::Subject;

#[cfg(test)]
mod tests;
