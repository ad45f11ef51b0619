//! A gate asked again: the same call, with what was recorded or written for the world, in virtual time.

use std::future::Future;
use std::sync::Arc;

use rollout::GateAnswer;

use super::rebase::Origins;
use super::{Miss, Player, ReplaySource};
use crate::call::ask::Ask;
use crate::call::convert;
use crate::call::run::{self, Call};
use crate::call::state::{Route, WayOut};
use crate::component::limits::Usage;
use crate::component::load::Gate;
use crate::outside::environment::{Readings, Senses};
use crate::outside::services::Services;
use crate::recording::{Exchange, Recorder};

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
    pub entries: Vec<Exchange>,
    /// What it read beside HTTP.
    pub readings: Readings,
    /// What it used up.
    pub usage: Usage,
}

impl Replayed {
    /// Returns what the gate asked, in order: method and URL, with `stable:` and `canary:` in the place of the origins
    /// that these revisions have.
    pub fn requests(&self, [stable, canary]: [&str; 2]) -> Vec<String> {
        let origins = Origins::new([stable, canary], [stable, canary]);
        let shown = |entry: &Exchange| {
            let line = format!("{} {}", entry.method, origins.rebased(&entry.url));
            crate::call::sanitise::harmless(&line, 300)
        };
        self.entries.iter().map(shown).collect()
    }
}

impl Gate {
    /// Puts a question once more. Has to run within [`in_virtual_time`].
    pub async fn replay(&self, ask: &Ask, mut world: ReplaySource, services: Services) -> Replayed {
        let senses = Senses::replayed(world.seed.clone(), std::mem::take(&mut world.readings));
        let player = Arc::new(Player::new(world, [&ask.stable.url, &ask.canary.url]));
        let recorder = Arc::new(Recorder::default());
        let call = Call {
            gate: &ask.gate,
            parts: self.parts(),
            way_out: WayOut {
                route: Route::Recorded(player.clone()),
                recorder: Some(recorder.clone()),
                senses: senses.clone(),
                secrets: Arc::default(),
            },
            services,
        };
        let (result, usage) = run::put(call, ask).await;
        let mut misses = player.misses();
        misses.extend(senses.missed_counts().into_iter().map(Miss::Counts));
        Replayed {
            answer: GateAnswer {
                gate: ask.gate.clone(),
                result,
                took_ms: convert::whole_ms(senses.elapsed()),
            },
            misses,
            unused: player.unused(),
            entries: recorder.take(),
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
