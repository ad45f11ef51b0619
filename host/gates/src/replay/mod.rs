//! Recorded or written answers in the place of the world. No socket is opened; what nobody recorded is never made up.

mod matching;
mod nearest;
mod rebase;
mod run;

use std::time::Duration;

use crate::outside::environment::Readings;
use crate::outside::randomness::Seed;
use crate::recording::{Exchange, Outcome, Recording};

pub use matching::Miss;
pub(crate) use matching::Player;
pub use nearest::Nearest;
pub use run::{Replayed, in_virtual_time};

/// What the world is for a replayed call.
#[derive(Debug, Clone)]
pub struct ReplaySource {
    /// The exchanges to answer from, in order.
    pub entries: Vec<Exchange>,
    /// The origins that the stable and the canary revision had when they were recorded.
    pub recorded_at: [String; 2],
    /// Where randomness comes from.
    pub seed: Seed,
    /// What the gate reads beside HTTP; where it reads on, time is virtual.
    pub readings: Readings,
    /// Whether requests must come in exactly the recorded order.
    pub strict: bool,
    /// What comes of every request that no entry answers; nothing is missed then.
    pub otherwise: Option<Outcome>,
}

impl ReplaySource {
    /// Returns the world of a recording. In one of another tool, the first entry's origin is the canary's.
    pub fn of(recording: &Recording) -> ReplaySource {
        let origin = |url: &str| {
            let url = url::Url::parse(url).ok()?;
            Some(url.origin().ascii_serialization())
        };
        let first = recording.entries.first();
        let first = first.and_then(|entry| origin(&entry.url));
        let facts = recording.facts.as_ref();
        ReplaySource {
            entries: recording.entries.clone(),
            recorded_at: match facts {
                Some(facts) => [facts.ask.stable.url.clone(), facts.ask.canary.url.clone()],
                None => [first.clone().unwrap_or_default(), first.unwrap_or_default()],
            },
            seed: facts.map_or_else(|| Seed::from_text("lockgate"), |facts| facts.seed.clone()),
            readings: facts
                .map(|facts| facts.readings.clone())
                .unwrap_or_default(),
            strict: false,
            otherwise: None,
        }
    }
}

/// How long a pause may be that a recording asks for; longer ones are this long.
pub(crate) const PAUSE_MAX: Duration = Duration::from_hours(24);
