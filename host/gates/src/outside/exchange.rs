//! One HTTP exchange as a gate sees it: the request, and the response or the error.
//!
//! `ExchangeError` is part of the format of recordings: its names must stay.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A request of a gate, within the host's limits.
#[derive(Debug, Clone)]
pub(crate) struct HttpRequest {
    /// The method, as the gate wrote it.
    pub(crate) method: String,
    /// The URL, as the gate wrote it.
    pub(crate) url: String,
    /// The header fields, in order.
    pub(crate) headers: Vec<(String, String)>,
    /// The body.
    pub(crate) body: Option<Vec<u8>>,
    /// The time limit of the whole exchange.
    pub(crate) timeout: Duration,
    /// The size limit of the response's body, in bytes.
    pub(crate) response_body_bytes_max: usize,
    /// The size limit of all header fields of the response together, in bytes.
    pub(crate) header_bytes_max: usize,
}

/// A response.
#[derive(Debug, Clone, PartialEq)]
pub struct HttpResponse {
    /// The status code.
    pub status: u16,
    /// The header fields, in order, with names in lower case.
    pub headers: Vec<(String, String)>,
    /// The whole body.
    pub body: Vec<u8>,
    /// The time from sending the request to the last byte of the response, in milliseconds.
    pub elapsed_ms: f64,
}

/// Why there is no response.
///
/// `Unresolved`, `Untrusted` and `ThisMachine` are evidence about the observer, never about the other side (I-22).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "detail")]
pub enum ExchangeError {
    /// The policy forbids the request.
    #[error("denied: {0}")]
    Denied(String),
    /// The request is malformed.
    #[error("invalid: {0}")]
    Invalid(String),
    /// The response was not complete in time. The request may have taken effect.
    #[error("timeout")]
    Timeout,
    /// The connection was refused or broke. The request may have taken effect.
    #[error("unreachable: {0}")]
    Unreachable(String),
    /// The name is not resolved here. Nothing was sent.
    #[error("unresolved: {0}")]
    Unresolved(String),
    /// The certificate is not trusted here. Nothing was sent.
    #[error("untrusted: {0}")]
    Untrusted(String),
    /// This machine has no descriptor, port or route for the request. Nothing was sent.
    #[error("not sent by this machine: {0}")]
    ThisMachine(String),
    /// The response exceeded a limit of so many bytes.
    #[error("more than {0} bytes")]
    TooLarge(u32),
    /// The call has reached a limit on requests or received bytes.
    #[error("budget: {0}")]
    Budget(String),
}
