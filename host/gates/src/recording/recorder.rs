//! Records the exchanges of one call while they happen.
//!
//! Records what the gate wrote and received: before credentials are added, after secrets are masked.

use std::sync::Mutex;

use super::exchanges::{Exchange, Outcome};
use crate::lock::lock;
use crate::outside::exchange::{ExchangeError, HttpRequest, HttpResponse};

/// The exchanges of one call, in the order in which they began.
#[derive(Debug, Default)]
pub(crate) struct Recorder(Mutex<Vec<Exchange>>);

impl Recorder {
    /// Records a request that is about to be sent, and returns its index.
    pub(crate) fn begin(&self, request: &HttpRequest, began_ms: f64) -> usize {
        let mut entries = lock(&self.0);
        entries.push(Exchange {
            method: request.method.clone(),
            url: request.url.clone(),
            headers: request.headers.clone(),
            body: request.body.clone(),
            any_body: false,
            began_ms,
            outcome: Outcome::Unfinished,
        });
        entries.len() - 1
    }

    /// Records the outcome of a request, as the gate receives it.
    pub(crate) fn end(
        &self,
        index: usize,
        outcome: &Result<HttpResponse, ExchangeError>,
        elapsed_ms: f64,
    ) {
        if let Some(entry) = lock(&self.0).get_mut(index) {
            entry.outcome = match outcome {
                Ok(response) => Outcome::Answered(response.clone()),
                Err(error) => Outcome::Failed {
                    error: error.clone(),
                    elapsed_ms,
                },
            };
        }
    }

    /// Takes the exchanges, once the call has ended.
    pub(crate) fn take(&self) -> Vec<Exchange> {
        std::mem::take(&mut lock(&self.0))
    }
}
