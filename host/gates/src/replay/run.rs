//! Replays one call of a gate: the same question, answered from a recording, in virtual time.
//!
//! The call itself is that of a live gate (`call/run.rs`); only its outside differs.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use rollout::GateAnswer;
use tokio::task::unconstrained;

use super::miss::Miss;
use super::player::Player;
use super::revision_origins::RevisionOrigins;
use super::source::ReplaySource;
use crate::call::ask::Ask;
use crate::call::convert;
use crate::call::run::{self, Finished, GateCall};
use crate::call::sanitise::sanitise;
use crate::component::gate::Gate;
use crate::component::limits::Usage;
use crate::outside::environment::{Environment, Readings};
use crate::outside::route::{Outside, Route};
use crate::outside::services::Services;
use crate::per_revision::PerRevision;
use crate::recording::{Exchange, Recorder};

/// The most of a request that is shown, in characters.
const LINE_CHARS_MAX: usize = 300;

/// The result of a replayed call.
#[derive(Debug, Clone, PartialEq)]
pub struct Replayed {
    /// The gate's answer, which does not count if anything was missed. Its duration is virtual.
    pub answer: GateAnswer,
    /// Requests and slices that the gate asked for and the recording does not have.
    pub misses: Vec<Miss>,
    /// The number of requests that got an answer which had been given before.
    pub repeated: usize,
    /// The indices of entries that answered no request, from 0.
    pub unused: Vec<usize>,
    /// The exchanges of the call, as a live call would have recorded them.
    pub entries: Vec<Exchange>,
    /// What the call read beside HTTP.
    pub readings: Readings,
    /// The resources that the call used.
    pub usage: Usage,
}

impl Replayed {
    /// Returns the gate's requests, in order: method and URL, with `stable:` and `canary:` in the place of the origins of
    /// revisions at these URLs.
    pub fn requests(&self, revisions: PerRevision<&str>) -> Vec<String> {
        let origins = RevisionOrigins::new(&[revisions]);
        let shown = |entry: &Exchange| {
            let line = format!("{} {}", entry.method, origins.rebased(&entry.url));
            sanitise(&line, LINE_CHARS_MAX)
        };
        self.entries.iter().map(shown).collect()
    }
}

impl Gate {
    /// Replays a call. Must run within [`in_virtual_time`].
    pub async fn replay(
        &self,
        ask: &Ask,
        mut source: ReplaySource,
        services: Services,
    ) -> Replayed {
        let readings = std::mem::take(&mut source.readings);
        let traffic = source.traffic.take();
        let now = Duration::try_from_secs_f64(ask.now_s).unwrap_or_default();
        let environment = Environment::replayed(source.seed.clone(), readings, traffic, now);
        let player = Arc::new(Player::new(source, ask.urls()));
        let recorder = Arc::new(Recorder::default());
        let call = GateCall {
            gate: &ask.gate,
            parts: self.parts(),
            outside: Outside {
                route: Route::Recorded(player.clone()),
                recorder: Some(recorder.clone()),
                environment: environment.clone(),
                secrets: Arc::default(),
            },
            services,
        };
        let Finished { result, usage } = run::run(call, ask).await;
        let mut misses = player.misses();
        misses.extend(environment.missed_slices().into_iter().map(Miss::Slices));
        Replayed {
            answer: GateAnswer {
                gate: ask.gate.clone(),
                result,
                took_ms: convert::whole_ms(environment.elapsed()),
            },
            misses,
            repeated: player.repeated(),
            unused: player.unused(),
            entries: recorder.take(),
            readings: environment.readings(),
            usage,
        }
    }
}

/// Runs a future in virtual time: the clock stands still while it computes, and jumps to the next timer while it waits.
/// Blocks this thread until the future has ended. What was done before in the same thread changes no order: tokio would
/// else put waits off that follow many others, and so hand recorded responses to other requests.
///
/// # Errors
/// When the machine cannot start a runtime.
pub fn in_virtual_time<T>(future: impl Future<Output = T>) -> std::io::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()?;
    Ok(runtime.block_on(unconstrained(future)))
}
