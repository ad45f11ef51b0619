//! A recording in memory: the exchanges of one call, with what lockgate recorded of it beside them, where there is any.
//!
//! `write.rs` makes a HAR file of it and `read.rs` reads one.

use std::fmt;

use super::call::RecordedCall;
use crate::outside::exchange::{ExchangeError, HttpResponse};

/// A recorded call of a gate, or the recording of another tool.
#[derive(Debug, Clone, PartialEq)]
pub struct Recording {
    /// What lockgate recorded of the call; `None` in a file of another tool.
    pub call: Option<RecordedCall>,
    /// The exchanges in the order in which they began.
    pub entries: Vec<Exchange>,
    /// The entries that say no duration, by their indices from 0: they are answered at once. Only files of other tools have
    /// any.
    pub untimed: Vec<usize>,
}

impl Recording {
    /// Returns the entries that cannot be used, by their indices from 0, each with the reason. Only files of other tools have
    /// any.
    pub fn unusable(&self) -> impl Iterator<Item = (usize, &str)> {
        let entries = self.entries.iter().enumerate();
        entries.filter_map(|(index, entry)| match &entry.outcome {
            Outcome::NotRecorded(NotRecorded::Entry(why)) => Some((index, why.as_str())),
            _ => None,
        })
    }
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
    /// The file does not say: a request that this entry matches is a miss.
    NotRecorded(NotRecorded),
}

/// What a file does not say about an exchange.
#[derive(Debug, Clone, PartialEq)]
pub enum NotRecorded {
    /// The response, and why there is none.
    Response,
    /// The body of the response.
    ResponseBody {
        /// The status code.
        status: u16,
        /// The reason, where more is known.
        why: String,
    },
    /// The body of the request, with the reason; so nobody knows whether a request is the same.
    RequestBody(String),
    /// Anything: the entry cannot be used, for this reason.
    Entry(String),
}

/// Writes what is missing, to follow `entry 3, `, with what helps.
impl fmt::Display for NotRecorded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NotRecorded::Response => f.write_str(
                "which has no response in the recording; record it until the response is there",
            ),
            NotRecorded::ResponseBody { why, .. } if why.is_empty() => {
                f.write_str("whose response has no body in the recording; record it with contents")
            }
            NotRecorded::ResponseBody { why, .. } => write!(
                f,
                "whose response has no body in the recording: {why}; record it with contents"
            ),
            NotRecorded::RequestBody(why) => write!(
                f,
                "whose own body is not in the recording: {why}; so nobody knows whether the request is the same"
            ),
            NotRecorded::Entry(why) => write!(f, "which cannot be used: {why}"),
        }
    }
}
