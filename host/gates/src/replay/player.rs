//! Answers the requests of a replayed call from recorded exchanges: same method, URL and body; of several, the next in
//! recorded order.
//!
//! Keeps the limits and the pauses of a live call. `nearest.rs` explains a request that no entry matches.

use std::sync::Mutex;
use std::time::Duration;

use super::miss::Miss;
use super::nearest::{self, Candidates};
use super::request_key::RequestKey;
use super::revision_origins::RevisionOrigins;
use super::source::{Repeats, ReplaySource, RequestOrder};
use crate::call::sanitise::sanitise;
use crate::lock::lock;
use crate::outside::exchange::{ExchangeError, HttpRequest, HttpResponse};
use crate::per_revision::PerRevision;
use crate::recording::{Exchange, Outcome};

/// The most misses that are kept of one call; with one, the gate's answer does not count.
const MISSES_MAX: usize = 20;
/// The most of a request that a miss shows, in characters.
const LINE_CHARS_MAX: usize = 300;
/// The longest pause that a recording can ask for; longer ones are cut to it.
const PAUSE_MAX: Duration = Duration::from_hours(24);

/// Plays the recorded exchanges of one call.
pub(crate) struct Player {
    origins: RevisionOrigins,
    keys: Vec<RequestKey>,
    /// The outcome of each key.
    outcomes: Vec<Outcome>,
    order: RequestOrder,
    repeats: Repeats,
    otherwise: Option<Outcome>,
    cursor: Mutex<Cursor>,
}

/// How far the call has come in the recording.
#[derive(Default)]
struct Cursor {
    /// For each entry, whether it has answered a request.
    used: Vec<bool>,
    /// How many requests got an answer that had been given before.
    repeated: usize,
    misses: Vec<Miss>,
}

impl Player {
    /// Makes a player for revisions that are now at these URLs.
    pub(crate) fn new(source: ReplaySource, now: PerRevision<&str>) -> Player {
        let origins = RevisionOrigins::new(&[now, source.recorded_at.as_strs()]);
        let mut keys = Vec::with_capacity(source.entries.len());
        let mut outcomes = Vec::with_capacity(source.entries.len());
        for entry in source.entries {
            let Exchange {
                method,
                url,
                body,
                any_body,
                outcome,
                headers: _,
                began_ms: _,
            } = entry;
            keys.push(RequestKey {
                method,
                url: origins.rebased(&url),
                body: body.unwrap_or_default(),
                any_body,
            });
            outcomes.push(outcome);
        }
        Player {
            cursor: Mutex::new(Cursor {
                used: vec![false; keys.len()],
                repeated: 0,
                misses: Vec::new(),
            }),
            origins,
            keys,
            outcomes,
            order: source.order,
            repeats: source.repeats,
            otherwise: source.otherwise,
        }
    }

    /// Returns what was asked for and is not in the recording.
    pub(crate) fn misses(&self) -> Vec<Miss> {
        lock(&self.cursor).misses.clone()
    }

    /// Returns how many requests got an answer that had been given before.
    pub(crate) fn repeated(&self) -> usize {
        lock(&self.cursor).repeated
    }

    /// Returns the indices of entries that answered no request, from 0.
    pub(crate) fn unused(&self) -> Vec<usize> {
        let used = &lock(&self.cursor).used;
        (0..used.len()).filter(|index| !used[*index]).collect()
    }

    /// Returns the outcome of a request and marks its entry as used; records a miss if there is none.
    fn take(&self, request: &HttpRequest) -> Option<&Outcome> {
        let key = RequestKey {
            method: request.method.clone(),
            url: self.origins.rebased(&request.url),
            body: request.body.clone().unwrap_or_default(),
            any_body: false,
        };
        let cursor = &mut *lock(&self.cursor);
        let mut unused = (0..self.keys.len()).filter(|index| !cursor.used[*index]);
        let matches = |index: &usize| self.keys[*index].matches(&key);
        let found = match self.order {
            RequestOrder::Recorded => unused.next().filter(matches),
            RequestOrder::Any => unused.find(matches),
        };
        let again = || {
            let last = (0..self.keys.len()).rev().find(matches);
            last.filter(|_| self.repeats == Repeats::AnsweredAgain)
        };
        let repeated = found.is_none().then(again).flatten();
        cursor.repeated += usize::from(repeated.is_some());
        let Some(index) = found.or(repeated) else {
            if self.otherwise.is_some() {
                return self.otherwise.as_ref();
            }
            if cursor.misses.len() < MISSES_MAX {
                let candidates = Candidates {
                    keys: &self.keys,
                    used: &cursor.used,
                    order: self.order,
                };
                cursor.misses.push(Miss::Request {
                    request: sanitise(&key.line(), LINE_CHARS_MAX),
                    nearest: nearest::find(&key, candidates),
                });
            }
            return None;
        };
        cursor.used[index] = true;
        let outcome = &self.outcomes[index];
        if let Outcome::NotRecorded(what) = outcome {
            cursor.misses.push(Miss::NotRecorded {
                request: sanitise(&key.line(), LINE_CHARS_MAX),
                entry: index,
                what: what.clone(),
            });
            return None;
        }
        Some(outcome)
    }

    /// Answers a request from the recording, after the recorded time.
    pub(crate) async fn exchange(
        &self,
        request: HttpRequest,
    ) -> Result<HttpResponse, ExchangeError> {
        let timeout = request.timeout;
        match self.take(&request) {
            Some(Outcome::Answered(response)) => {
                let took = pause(response.elapsed_ms);
                tokio::time::sleep(took.min(timeout)).await;
                if took > timeout {
                    return Err(ExchangeError::Timeout);
                }
                check_sizes(response, &request)?;
                Ok(response.clone())
            }
            Some(Outcome::Failed { error, elapsed_ms }) => {
                tokio::time::sleep(pause(*elapsed_ms).min(timeout)).await;
                Err(error.clone())
            }
            // The recorded call ended before the response came; the replayed call ends the same way.
            Some(Outcome::Unfinished) => std::future::pending().await,
            // A miss: the gate's answer does not count, whatever it makes of this error.
            Some(Outcome::NotRecorded(_)) | None => Err(ExchangeError::Unreachable(
                "nothing was recorded for this request".to_owned(),
            )),
        }
    }
}

fn pause(ms: f64) -> Duration {
    let pause = Duration::try_from_secs_f64(ms / 1_000.0).unwrap_or_default();
    pause.min(PAUSE_MAX)
}

/// Checks that a recorded response keeps the size limits of a live one.
fn check_sizes(response: &HttpResponse, request: &HttpRequest) -> Result<(), ExchangeError> {
    let header_bytes: usize = response
        .headers
        .iter()
        .map(|(name, value)| name.len() + value.len())
        .sum();
    let too_large = |max: usize| ExchangeError::TooLarge(u32::try_from(max).unwrap_or(u32::MAX));
    if header_bytes > request.header_bytes_max {
        return Err(too_large(request.header_bytes_max));
    }
    if response.body.len() > request.response_body_bytes_max {
        return Err(too_large(request.response_body_bytes_max));
    }
    Ok(())
}
