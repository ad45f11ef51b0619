//! Requests, answers and probes. What lockgate did not send, or could not, becomes "could not answer" here, so that a gate
//! never takes it for a finding.

use std::fmt;

use serde::de::DeserializeOwned;

use crate::host::{self, Error, Request, Response, types::Revision};
use crate::{CannotAnswer, Measurement, measurement};

/// The time for each request of a probe.
const PROBE_TIMEOUT_MS: u32 = 2_000;

impl Request {
    /// Returns a request to an absolute URL, without header fields and without a body, with lockgate's time-out of 10 s.
    pub fn new(method: &str, url: impl Into<String>) -> Request {
        Request {
            method: method.to_owned(),
            url: url.into(),
            headers: Vec::new(),
            body: None,
            timeout_ms: None,
        }
    }

    /// Adds a header field.
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Request {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Sets the body.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Request {
        self.body = Some(body.into());
        self
    }

    /// Sets the time for the whole exchange, in milliseconds.
    pub fn timeout_ms(mut self, timeout_ms: u32) -> Request {
        self.timeout_ms = Some(timeout_ms);
        self
    }

    /// Sends it and waits for the answer.
    ///
    /// # Errors
    /// When lockgate did not send it, or could not. The text names the request.
    pub fn send(self) -> Result<Answer, CannotAnswer> {
        let answer = send_all(&[self])?.pop();
        answer.ok_or_else(|| CannotAnswer::new("lockgate gave no answer to a request"))
    }
}

/// Sends requests at the same time, at most 8 of them in flight, and returns the answers in the order of the requests.
///
/// # Errors
/// When lockgate did not send one of them, or could not: what the others found is lost.
pub fn send_all(requests: &[Request]) -> Result<Vec<Answer>, CannotAnswer> {
    let answers = host::send_all(requests);
    if answers.len() != requests.len() {
        let (got, sent) = (answers.len(), requests.len());
        let text = format!("lockgate gave {got} answers to {sent} requests");
        return Err(CannotAnswer::new(text));
    }
    let answers = requests.iter().zip(answers);
    answers
        .map(|(request, result)| Answer::of(request, result))
        .collect()
}

/// Why there is no response: evidence about the other side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoAnswer {
    /// No complete response came in time; the milliseconds, where the request set them.
    Timeout(Option<u32>),
    /// The other side refused the connection, or did not keep it.
    Unreachable(String),
    /// The response exceeded this many bytes.
    TooLarge(u32),
}

impl fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NoAnswer::Timeout(Some(ms)) => write!(f, "no response within {ms} ms"),
            NoAnswer::Timeout(None) => f.write_str("no response within 10000 ms"),
            NoAnswer::Unreachable(reason) => f.write_str(reason),
            NoAnswer::TooLarge(bytes) => write!(f, "the response exceeded {bytes} bytes"),
        }
    }
}

/// What came of a request that was sent: a response, or the reason why there is none.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The status code; 0 without a response, so that a gate that forgets to look never passes by it.
    pub status: u16,
    /// The header fields, with names in lower case.
    pub headers: Vec<(String, String)>,
    /// The whole body.
    pub body: Vec<u8>,
    /// Milliseconds until the last byte, as lockgate measured them; 0 without a response.
    pub elapsed_ms: f64,
    /// Why there is no response; `None` where there is one.
    pub no_answer: Option<NoAnswer>,
}

impl Answer {
    fn of(request: &Request, result: Result<Response, Error>) -> Result<Answer, CannotAnswer> {
        let no_answer = match result {
            Ok(response) => {
                return Ok(Answer {
                    status: response.status,
                    headers: response.headers,
                    body: response.body,
                    elapsed_ms: response.elapsed_ms,
                    no_answer: None,
                });
            }
            Err(Error::Timeout) => NoAnswer::Timeout(request.timeout_ms),
            Err(Error::Unreachable(reason)) => NoAnswer::Unreachable(reason),
            Err(Error::TooLarge(bytes)) => NoAnswer::TooLarge(bytes),
            Err(Error::Denied(text)) => return Err(not_sent(request, "denied", &text)),
            Err(Error::Invalid(text)) => return Err(not_sent(request, "invalid", &text)),
            Err(Error::Budget(text)) => return Err(not_sent(request, "budget", &text)),
            Err(Error::Unresolved(text)) => return Err(not_seen(request, "unresolved", &text)),
            Err(Error::Untrusted(text)) => return Err(not_seen(request, "untrusted", &text)),
        };
        Ok(Answer {
            status: 0,
            headers: Vec::new(),
            body: Vec::new(),
            elapsed_ms: 0.0,
            no_answer: Some(no_answer),
        })
    }

    /// Returns whether the status is 200 to 299.
    pub fn ok(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Returns the first header field of this name, which is in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let field = self.headers.iter().find(|(field, _)| field == name);
        field.map(|(_, value)| value.as_str())
    }

    /// Returns the body as text; what is not UTF-8 is replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Reads the body as JSON.
    ///
    /// # Errors
    /// When it is no JSON, or not of this shape: a finding about the other side, so `?` on it would be wrong in most gates.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_slice(&self.body)
    }
}

fn not_sent(request: &Request, kind: &str, text: &str) -> CannotAnswer {
    let Request { method, url, .. } = request;
    CannotAnswer::new(format!("{method} {url}: {kind}: {text}"))
}

fn not_seen(request: &Request, kind: &str, text: &str) -> CannotAnswer {
    let CannotAnswer(text) = not_sent(request, kind, text);
    CannotAnswer(text + "; this says nothing about the revision")
}

impl Revision {
    /// Returns a request to this revision. The path begins with a slash.
    pub fn request(&self, method: &str, path: &str) -> Request {
        Request::new(method, format!("{}{path}", self.url))
    }

    /// Sends a GET to this revision.
    ///
    /// # Errors
    /// When lockgate did not send it, or could not.
    pub fn get(&self, path: &str) -> Result<Answer, CannotAnswer> {
        self.request("GET", path).send()
    }

    /// Sends `count` equal GETs to this revision at the same time, at most 8 of them in flight, with 2 s for each: forty to
    /// each revision end within the 30 s of a call, whatever the revisions do.
    ///
    /// # Errors
    /// When lockgate did not send one of them, or could not.
    pub fn probe(&self, path: &str, count: u32) -> Result<Probe, CannotAnswer> {
        self.probe_within(path, count, PROBE_TIMEOUT_MS)
    }

    /// Probes as `probe` does, with another time for each request, in milliseconds.
    ///
    /// # Errors
    /// As those of `probe`.
    pub fn probe_within(
        &self,
        path: &str,
        count: u32,
        timeout_ms: u32,
    ) -> Result<Probe, CannotAnswer> {
        if count == 0 {
            return Err(CannotAnswer::new("a probe sends at least one request"));
        }
        let request = self.request("GET", path).timeout_ms(timeout_ms);
        let requests = vec![request; count as usize];
        Ok(Probe::of(path, &send_all(&requests)?))
    }
}

/// The outcome of several equal requests. Times are milliseconds over the responses, 0 without any.
#[derive(Debug, Clone, PartialEq)]
pub struct Probe {
    /// The number of requests.
    pub requests: u32,
    /// How many of them had a response that is not 2xx.
    pub failed: u32,
    /// How many of them had no response.
    pub silent: u32,
    /// The median, by nearest rank.
    pub p50: f64,
    /// The 95th percentile, by nearest rank.
    pub p95: f64,
    /// The longest time.
    pub slowest: f64,
    /// The first failure in a sentence, such as `GET /health answered 503`; empty without one.
    pub problem: String,
}

impl Probe {
    fn of(path: &str, answers: &[Answer]) -> Probe {
        let responses = answers.iter().filter(|answer| answer.no_answer.is_none());
        let mut times: Vec<f64> = responses.clone().map(|answer| answer.elapsed_ms).collect();
        times.sort_by(f64::total_cmp);
        Probe {
            requests: count(answers.len()),
            failed: count(responses.filter(|answer| !answer.ok()).count()),
            silent: count(answers.len() - times.len()),
            p50: percentile(&times, 50),
            p95: percentile(&times, 95),
            slowest: times.last().copied().unwrap_or_default(),
            problem: answers
                .iter()
                .find(|answer| !answer.ok())
                .map(|answer| match &answer.no_answer {
                    Some(reason) => format!("GET {path} had no answer: {reason}"),
                    None => format!("GET {path} answered {}", answer.status),
                })
                .unwrap_or_default(),
        }
    }

    /// Returns its numbers as measurements of `subject`, such as `canary`.
    pub fn measurements(&self, subject: &str) -> Vec<Measurement> {
        vec![
            measurement("failed", subject, f64::from(self.failed), "requests"),
            measurement("silent", subject, f64::from(self.silent), "requests"),
            measurement("p50", subject, self.p50, "ms"),
            measurement("p95", subject, self.p95, "ms"),
            measurement("slowest", subject, self.slowest, "ms"),
        ]
    }
}

/// A call may send far fewer requests than this type can count.
fn count(requests: usize) -> u32 {
    u32::try_from(requests).unwrap_or(u32::MAX)
}

/// Returns a percentile of sorted times by nearest rank: a time that was measured. 0 without any.
fn percentile(sorted: &[f64], percent: usize) -> f64 {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or_default()
}
