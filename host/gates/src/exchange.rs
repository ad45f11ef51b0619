//! One HTTP exchange as a gate sees it, and the seam where the live client can be replaced by recorded answers.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

/// A request of a gate, within the host's limits.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The method, as the gate wrote it.
    pub method: String,
    /// The URL, as the gate wrote it.
    pub url: String,
    /// Header fields in order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Option<Vec<u8>>,
    /// For the whole exchange.
    pub timeout: Duration,
    /// The most that an answer's body may have, in bytes.
    pub response_body_bytes_max: usize,
    /// The most that an answer's header fields may have together, in bytes.
    pub header_bytes_max: usize,
}

/// An answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
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
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
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

/// What becomes of an exchange, later.
pub type Exchanging<'a> = Pin<Box<dyn Future<Output = Result<Answer, ExchangeError>> + Send + 'a>>;

/// Whoever answers a gate's requests instead of the network.
pub trait Exchange: Send + Sync {
    /// Answers one request.
    fn exchange(&self, asked: Asked) -> Exchanging<'_>;
}
