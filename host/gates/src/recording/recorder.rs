//! What one call exchanges, while it does.

use std::sync::Mutex;

use super::{Exchange, Outcome};
use crate::outside::environment::lock;
use crate::outside::exchange::{ExchangeError, HttpRequest, HttpResponse};

/// The exchanges of one call, in the order in which they began.
#[derive(Debug, Default)]
pub(crate) struct Recorder(Mutex<Vec<Exchange>>);

impl Recorder {
    /// Notes that a request is on its way. What the gate wrote, not what is sent: credentials come later.
    pub(crate) fn begins(&self, asked: &HttpRequest, began_ms: f64) -> usize {
        let mut entries = lock(&self.0);
        entries.push(Exchange {
            method: asked.method.clone(),
            url: asked.url.clone(),
            headers: asked.headers.clone(),
            body: asked.body.clone(),
            any_body: false,
            began_ms,
            outcome: Outcome::Unfinished,
        });
        entries.len() - 1
    }

    /// Notes what came of it, as the gate gets it.
    pub(crate) fn ends(
        &self,
        index: usize,
        answered: &Result<HttpResponse, ExchangeError>,
        elapsed_ms: f64,
    ) {
        if let Some(entry) = lock(&self.0).get_mut(index) {
            entry.outcome = match answered {
                Ok(answer) => Outcome::Answered(answer.clone()),
                Err(error) => Outcome::Failed {
                    error: error.clone(),
                    elapsed_ms,
                },
            };
        }
    }

    /// Hands over what there is, once the call is over.
    pub(crate) fn take(&self) -> Vec<Exchange> {
        std::mem::take(&mut lock(&self.0))
    }
}
