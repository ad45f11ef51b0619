//! Makes the attempts, one after another, until `judge` has a report.
//!
//! Never waits before the first attempt or after the last. A request that the host refuses to send,
//! or cannot send, is an error ("could not answer"), never a finding about the canary.

#[cfg(test)]
mod tests;

use thiserror::Error;

use crate::judge::{Answer, Attempt, NoAnswer, Report, judge};
use crate::settings::Settings;

/// A request for `http` of the contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The method.
    pub method: String,
    /// The absolute URL.
    pub url: String,
    /// The header fields.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Option<Vec<u8>>,
    /// The time for the whole exchange, in milliseconds.
    pub timeout_ms: u32,
}

/// Why a request has no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendError {
    /// The revision did not answer: evidence against it.
    NoAnswer(NoAnswer),
    /// The host did not send the request: no evidence about the revision.
    Refusal(Refusal),
}

/// Why the host did not send a request.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The allow list or the address policy forbids it.
    #[error("lockgate does not allow it: {0}")]
    Denied(String),
    /// The request is malformed.
    #[error("the request is malformed: {0}")]
    Invalid(String),
    /// The call has used up its requests or another budget.
    #[error("{0}; lower `attempts`, or raise this gate's budget")]
    Budget(String),
    /// The machine that runs lockgate does not resolve the name, cannot send, or does not trust the certificate.
    #[error("{0}; this says nothing about the revision")]
    NotSeen(String),
}

/// Why the gate cannot answer.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ProbeError {
    /// The host did not send a request.
    #[error("cannot ask {method} {url}: {refusal}")]
    Refused {
        /// The method of the request.
        method: String,
        /// The URL of the request.
        url: String,
        /// The host's reason.
        refusal: Refusal,
    },
    /// The host broke the contract.
    #[error("lockgate gave {answers} answers to {requests} requests")]
    Miscounted {
        /// The number of requests sent.
        requests: usize,
        /// The number of answers received.
        answers: usize,
    },
}

/// The network and the clock, as the probing uses them.
pub trait Network {
    /// Sends the requests at the same time, and returns the answers in the order of the requests.
    fn send_all(&mut self, requests: &[Request]) -> Vec<Result<Answer, SendError>>;

    /// Waits.
    fn sleep_ms(&mut self, duration_ms: u32);
}

/// The origins of the two revisions: scheme, host and port.
#[derive(Debug, Clone, Copy)]
pub struct Origins<'ctx> {
    /// The revision to judge.
    pub canary: &'ctx str,
    /// The revision to compare with.
    pub stable: &'ctx str,
}

/// Makes attempts until there is a report.
pub fn probe(
    settings: &Settings,
    origins: Origins,
    network: &mut impl Network,
) -> Result<Report, ProbeError> {
    let mut requests = vec![request(settings, origins.canary, &settings.path)];
    if let Some(compare) = &settings.compare {
        requests.push(request(settings, origins.stable, &compare.path));
    }
    let mut attempts = Vec::new();
    loop {
        let outcomes = send(&requests, network)?;
        attempts.push(Attempt::judge(settings, &outcomes[0], outcomes.get(1)));
        if let Some(report) = judge(settings, &attempts) {
            return Ok(report);
        }
        if settings.interval_ms > 0 {
            network.sleep_ms(settings.interval_ms);
        }
    }
}

fn request(settings: &Settings, origin: &str, path: &str) -> Request {
    Request {
        method: settings.method.clone(),
        url: format!("{}{path}", origin.trim_end_matches('/')),
        headers: settings.headers.clone(),
        body: settings.body.clone().map(String::into_bytes),
        timeout_ms: settings.timeout_ms,
    }
}

/// Sends the requests, and returns one outcome for each.
fn send(
    requests: &[Request],
    network: &mut impl Network,
) -> Result<Vec<Result<Answer, NoAnswer>>, ProbeError> {
    let answers = network.send_all(requests);
    if answers.len() != requests.len() {
        let (requests, answers) = (requests.len(), answers.len());
        return Err(ProbeError::Miscounted { requests, answers });
    }
    let outcome = |(request, answer): (&Request, _)| match answer {
        Ok(answer) => Ok(Ok(answer)),
        Err(SendError::NoAnswer(no_answer)) => Ok(Err(no_answer)),
        Err(SendError::Refusal(refusal)) => {
            let (method, url) = (request.method.clone(), request.url.clone());
            Err(ProbeError::Refused {
                method,
                url,
                refusal,
            })
        }
    };
    requests.iter().zip(answers).map(outcome).collect()
}
