//! A gate asked again, with recorded or written answers for the world. No socket is opened and time is virtual: a gate
//! that waits ten minutes is through in milliseconds. What nobody recorded is never made up.

mod matching;
mod nearest;
mod rebase;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use rollout::GateAnswer;

use crate::ask::Ask;
use crate::call::{self, Call};
use crate::chance::Seed;
use crate::convert;
use crate::imports::{Route, WayOut};
use crate::load::Gate;
use crate::recording::{Entry, Outcome, Recording, Tape};
use crate::senses::{Readings, Senses};
use crate::services::Services;

pub use matching::Miss;
pub(crate) use matching::Tapes;
pub use nearest::Nearest;

/// What the world is for a replayed call.
#[derive(Debug, Clone)]
pub struct World {
    /// The exchanges to answer from, in order.
    pub entries: Vec<Entry>,
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

impl World {
    /// Returns the world of a recording. In one of another tool, the first entry's origin is the canary's.
    pub fn of(recording: &Recording) -> World {
        let origin = |url: &str| {
            let url = url::Url::parse(url).ok()?;
            Some(url.origin().ascii_serialization())
        };
        let first = recording.entries.first();
        let first = first.and_then(|entry| origin(&entry.url));
        let facts = recording.facts.as_ref();
        World {
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

/// What came of a replayed call.
#[derive(Debug, Clone, PartialEq)]
pub struct Replayed {
    /// What the gate answered; not to be trusted where something was missed. The time is virtual.
    pub answer: GateAnswer,
    /// Requests and counts that nothing was recorded for.
    pub misses: Vec<Miss>,
    /// Entries that nobody asked for, counted from 0.
    pub unused: Vec<usize>,
    /// What the gate exchanged, as a live call would have recorded it.
    pub entries: Vec<Entry>,
    /// What it read beside HTTP.
    pub readings: Readings,
    /// What it used up.
    pub usage: Usage,
}

/// What one call used up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// All linear memories together at their largest, in bytes.
    pub memory_bytes: usize,
    /// Steps of the guest; equal in every repetition. Counted by a host that was set up to.
    pub fuel: Option<u64>,
}

impl Gate {
    /// Puts a question once more. Has to run within [`in_virtual_time`].
    pub async fn replay(&self, ask: &Ask, world: World, services: Services) -> Replayed {
        let tapes = Arc::new(Tapes::new(&world, [&ask.stable.url, &ask.canary.url]));
        let tape = Arc::new(Tape::default());
        let senses = Senses::replayed(world.seed, world.readings);
        let call = Call {
            gate: &ask.gate,
            parts: self.parts(),
            way_out: WayOut {
                route: Route::Recorded(tapes.clone()),
                tape: Some(tape.clone()),
                senses: senses.clone(),
                secrets: Arc::default(),
            },
            services,
        };
        let (result, usage) = call::put(call, ask).await;
        let mut misses = tapes.misses();
        misses.extend(senses.missed_counts().into_iter().map(Miss::Counts));
        Replayed {
            answer: GateAnswer {
                gate: ask.gate.clone(),
                result,
                took_ms: convert::whole_ms(senses.elapsed()),
            },
            misses,
            unused: tapes.unused(),
            entries: tape.entries(),
            readings: senses.readings(),
            usage,
        }
    }
}

/// Runs something in which time passes only while everybody waits. Blocks this thread until it is through.
///
/// # Errors
/// When the machine cannot start a runtime.
pub fn in_virtual_time<T>(what: impl Future<Output = T>) -> std::io::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()?;
    Ok(runtime.block_on(what))
}

/// How long a pause may be that a recording asks for; longer ones are this long.
pub(crate) const PAUSE_MAX: Duration = Duration::from_hours(24);
