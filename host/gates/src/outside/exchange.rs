//! One HTTP exchange as a gate sees it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A request of a gate, within the host's limits.
#[derive(Debug, Clone)]
pub(crate) struct HttpRequest {
    /// The method, as the gate wrote it.
    pub(crate) method: String,
    /// The URL, as the gate wrote it.
    pub(crate) url: String,
    /// Header fields in order.
    pub(crate) headers: Vec<(String, String)>,
    /// The body.
    pub(crate) body: Option<Vec<u8>>,
    /// For the whole exchange.
    pub(crate) timeout: Duration,
    /// The most that an answer's body may have, in bytes.
    pub(crate) response_body_bytes_max: usize,
    /// The most that an answer's header fields may have together, in bytes.
    pub(crate) header_bytes_max: usize,
}

/// An answer.
#[derive(Debug, Clone, PartialEq)]
pub struct HttpResponse {
    /// The status code.
    pub status: u16,
    /// Header fields in order, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The whole body.
    pub body: Vec<u8>,
    /// From the first byte sent to the last received, in milliseconds.
    pub elapsed_ms: f64,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "detail")]
pub enum ExchangeError {
    /// The policy forbids it.
    #[error("denied: {0}")]
    Denied(String),
    /// The request is malformed.
    #[error("invalid: {0}")]
    Invalid(String),
    /// No complete answer in time.
    #[error("timeout")]
    Timeout,
    /// Could not resolve, connect, or keep the connection.
    #[error("unreachable: {0}")]
    Unreachable(String),
    /// The answer exceeded so many bytes.
    #[error("more than {0} bytes")]
    TooLarge(u32),
    /// A budget of the call is used up.
    #[error("budget: {0}")]
    Budget(String),
}
