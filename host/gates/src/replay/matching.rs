//! Which recorded exchange answers a request: the same method, URL and body; of several, the next in recorded order.

use std::sync::Mutex;
use std::time::Duration;

use super::nearest::{self, Nearest};
use super::rebase::Origins;
use super::{PAUSE_MAX, ReplaySource};
use crate::outside::environment::lock;
use crate::outside::exchange::{ExchangeError, HttpRequest, HttpResponse};
use crate::recording::{Exchange, Outcome};

/// Misses that are kept of one call; one is enough to make its answer worthless.
const MISSES_MAX: usize = 20;

/// Something that the gate wanted and nobody recorded.
#[derive(Debug, Clone, PartialEq)]
pub enum Miss {
    /// A request.
    Request {
        /// Its method and URL, with `canary:` or `stable:` in the place of a revision's origin.
        asked: String,
        /// The recorded entry that comes nearest, and what is different in it.
        nearest: Option<Nearest>,
    },
    /// A request whose answer's body the recording tool did not keep.
    BodyNotKept {
        /// Its method and URL.
        asked: String,
        /// The entry, counted from 0.
        entry: usize,
    },
    /// What the platform counted in a window of so many seconds.
    Counts(u32),
}

impl std::fmt::Display for Miss {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Miss::Request {
                asked,
                nearest: None,
            } => write!(
                f,
                "{asked} was never recorded: there is nothing left to answer from"
            ),
            Miss::Request {
                asked,
                nearest: Some(nearest),
            } => write!(f, "{asked} was never recorded; {nearest}"),
            Miss::BodyNotKept { asked, entry } => write!(
                f,
                "{asked} is entry {entry}, whose answer has no body in the recording; record it with contents"
            ),
            Miss::Counts(window_s) => write!(
                f,
                "the platform's counts of a window of {window_s} s were never recorded"
            ),
        }
    }
}

/// A request as it is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) method: String,
    pub(super) url: String,
    pub(super) body: Vec<u8>,
    pub(super) any_body: bool,
}

impl Wanted {
    /// Says whether what is recorded for this one is the answer to another.
    fn is_answered_to(&self, asked: &Wanted) -> bool {
        let same_body = self.any_body || self.body == asked.body;
        same_body && self.method == asked.method && self.url == asked.url
    }

    pub(super) fn line(&self) -> String {
        format!("{} {}", self.method, self.url)
    }
}

/// The recorded exchanges of one call, and what became of them.
pub(crate) struct Player {
    origins: Origins,
    entries: Vec<(Wanted, Outcome)>,
    strict: bool,
    otherwise: Option<Outcome>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    used: Vec<bool>,
    misses: Vec<Miss>,
}

impl Player {
    pub(crate) fn new(world: ReplaySource, now: [&str; 2]) -> Player {
        let [stable, canary] = &world.recorded_at;
        let origins = Origins::new(now, [stable, canary]);
        let wanted = |entry: &mut Exchange| Wanted {
            method: std::mem::take(&mut entry.method),
            url: origins.rebased(&entry.url),
            body: entry.body.take().unwrap_or_default(),
            any_body: entry.any_body,
        };
        let entries = world.entries.into_iter();
        let entries: Vec<(Wanted, Outcome)> = entries
            .map(|mut entry| (wanted(&mut entry), entry.outcome))
            .collect();
        Player {
            state: Mutex::new(State {
                used: vec![false; entries.len()],
                misses: Vec::new(),
            }),
            origins,
            entries,
            strict: world.strict,
            otherwise: world.otherwise,
        }
    }

    pub(crate) fn misses(&self) -> Vec<Miss> {
        lock(&self.state).misses.clone()
    }

    pub(crate) fn unused(&self) -> Vec<usize> {
        let used = &lock(&self.state).used;
        (0..used.len()).filter(|index| !used[*index]).collect()
    }

    /// Finds the answer and marks its entry as used.
    fn take(&self, asked: &HttpRequest) -> Option<&Outcome> {
        let wanted = Wanted {
            method: asked.method.clone(),
            url: self.origins.rebased(&asked.url),
            body: asked.body.clone().unwrap_or_default(),
            any_body: false,
        };
        let state = &mut *lock(&self.state);
        let mut free = (0..self.entries.len()).filter(|index| !state.used[*index]);
        let found = match self.strict {
            true => free
                .next()
                .filter(|index| self.entries[*index].0.is_answered_to(&wanted)),
            false => free.find(|index| self.entries[*index].0.is_answered_to(&wanted)),
        };
        let Some(index) = found else {
            if self.otherwise.is_some() {
                return self.otherwise.as_ref();
            }
            if state.misses.len() < MISSES_MAX {
                let miss = Miss::Request {
                    asked: crate::call::sanitise::harmless(&wanted.line(), 300),
                    nearest: nearest::find(&wanted, &self.entries, &state.used, self.strict),
                };
                state.misses.push(miss);
            }
            return None;
        };
        state.used[index] = true;
        if let Outcome::BodyNotKept { .. } = self.entries[index].1 {
            state.misses.push(Miss::BodyNotKept {
                asked: crate::call::sanitise::harmless(&wanted.line(), 300),
                entry: index,
            });
            return None;
        }
        Some(&self.entries[index].1)
    }

    /// Answers a request as it was answered, and takes as long.
    pub(crate) async fn exchange(&self, asked: HttpRequest) -> Result<HttpResponse, ExchangeError> {
        let timeout = asked.timeout;
        match self.take(&asked) {
            Some(Outcome::Answered(answer)) => {
                let took = pause(answer.elapsed_ms);
                tokio::time::sleep(took.min(timeout)).await;
                match took > timeout {
                    true => Err(ExchangeError::Timeout),
                    false => fits(answer, &asked),
                }
            }
            Some(Outcome::Failed { error, elapsed_ms }) => {
                tokio::time::sleep(pause(*elapsed_ms).min(timeout)).await;
                Err(error.clone())
            }
            // Nothing had come when the call ended: it ends in this one too.
            Some(Outcome::Unfinished) => std::future::pending().await,
            // Whatever the gate makes of it, its answer does not count.
            Some(Outcome::BodyNotKept { .. }) | None => Err(ExchangeError::Unreachable(
                "nothing was recorded for this request".to_owned(),
            )),
        }
    }
}

fn pause(ms: f64) -> Duration {
    let pause = Duration::try_from_secs_f64(ms / 1_000.0).unwrap_or_default();
    pause.min(PAUSE_MAX)
}

/// An answer has to keep the limits of a live one.
fn fits(answer: &HttpResponse, asked: &HttpRequest) -> Result<HttpResponse, ExchangeError> {
    let headers: usize = answer
        .headers
        .iter()
        .map(|(name, value)| name.len() + value.len())
        .sum();
    let too_large = |max: usize| ExchangeError::TooLarge(u32::try_from(max).unwrap_or(u32::MAX));
    if headers > asked.header_bytes_max {
        return Err(too_large(asked.header_bytes_max));
    }
    if answer.body.len() > asked.response_body_bytes_max {
        return Err(too_large(asked.response_body_bytes_max));
    }
    Ok(answer.clone())
}
