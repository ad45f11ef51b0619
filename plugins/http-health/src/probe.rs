//! Makes the attempts: one after another, until `judge` has a report.
//!
//! Never waits before the first attempt or after the last, and never turns a refusal by the host
//! into a finding about the canary: that is an error, "could not answer".

#[cfg(test)]
mod tests;

use thiserror::Error;

use crate::judge::{Answer, Attempt, Report, Silence, judge};
use crate::settings::Settings;

/// One request, as the contract's `http` takes it.
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
    /// The time for the whole exchange.
    pub timeout_ms: u32,
}

/// Why the host has no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// The revision's doing: evidence against it.
    Silence(Silence),
    /// The configuration's doing: no evidence at all.
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
}

/// Why the question could not be answered.
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
        /// How many requests were made.
        requests: usize,
        /// How many answers came.
        answers: usize,
    },
}

/// What the probing needs of the world.
pub trait Outside {
    /// Sends the requests at the same moment; the answers come in the order of the requests.
    fn send_all(&mut self, requests: &[Request]) -> Vec<Result<Answer, Trouble>>;

    /// Waits.
    fn sleep_ms(&mut self, duration_ms: u32);
}

/// Where the two revisions answer: scheme, host and port, without a trailing slash.
#[derive(Debug, Clone, Copy)]
pub struct Origins<'ctx> {
    /// The revision to judge.
    pub canary: &'ctx str,
    /// The revision to compare with.
    pub stable: &'ctx str,
}

/// Asks until there is a report.
pub fn probe(
    settings: &Settings,
    origins: Origins,
    outside: &mut impl Outside,
) -> Result<Report, ProbeError> {
    let mut requests = vec![request(settings, origins.canary, &settings.path)];
    if let Some(compare) = &settings.compare {
        requests.push(request(settings, origins.stable, &compare.path));
    }
    let mut attempts = Vec::new();
    loop {
        let outcomes = send(&requests, outside)?;
        attempts.push(Attempt::judge(settings, &outcomes[0], outcomes.get(1)));
        if let Some(report) = judge(settings, &attempts) {
            return Ok(report);
        }
        if settings.interval_ms > 0 {
            outside.sleep_ms(settings.interval_ms);
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

/// Returns as many outcomes as there are requests.
fn send(
    requests: &[Request],
    outside: &mut impl Outside,
) -> Result<Vec<Result<Answer, Silence>>, ProbeError> {
    let answers = outside.send_all(requests);
    if answers.len() != requests.len() {
        let (requests, answers) = (requests.len(), answers.len());
        return Err(ProbeError::Miscounted { requests, answers });
    }
    let outcome = |(request, answer): (&Request, _)| match answer {
        Ok(answer) => Ok(Ok(answer)),
        Err(Trouble::Silence(silence)) => Ok(Err(silence)),
        Err(Trouble::Refusal(refusal)) => {
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
