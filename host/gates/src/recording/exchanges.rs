//! A recording in memory: the exchanges of one call, with lockgate's facts of it where there are any.
//!
//! `write.rs` makes a HAR file of it and `read.rs` reads one.

use super::facts::Facts;
use crate::outside::exchange::{ExchangeError, HttpResponse};

/// A recorded call of a gate, or the recording of another tool.
#[derive(Debug, Clone, PartialEq)]
pub struct Recording {
    /// lockgate's own facts of the call; `None` in a file of another tool.
    pub facts: Option<Facts>,
    /// The exchanges in the order in which they began.
    pub entries: Vec<Exchange>,
}

/// One recorded request with its outcome.
#[derive(Debug, Clone, PartialEq)]
pub struct Exchange {
    /// The method.
    pub method: String,
    /// The URL, as the gate wrote it.
    pub url: String,
    /// The header fields that the gate wrote, in order.
    pub headers: Vec<(String, String)>,
    /// The body of the request.
    pub body: Option<Vec<u8>>,
    /// Whether the entry matches a request with any body. True only of entries that a person wrote.
    pub any_body: bool,
    /// The start of the exchange, in milliseconds since the start of the call.
    pub began_ms: f64,
    /// The response, or why there is none.
    pub outcome: Outcome,
}

/// The outcome of an exchange.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// A response.
    Answered(HttpResponse),
    /// No response.
    Failed {
        /// The error that the gate received.
        error: ExchangeError,
        /// The time from the request to the error, in milliseconds.
        elapsed_ms: f64,
    },
    /// The call ended before the exchange did.
    Unfinished,
    /// A response whose body the recording tool did not keep.
    BodyNotKept {
        /// The status code.
        status: u16,
    },
}
