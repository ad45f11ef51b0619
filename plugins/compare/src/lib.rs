//! The gate `compare`: a health check that compares what canary and stable really served.
//!
//! Evidence that the canary is worse than tolerated rolls it back, evidence that it is good enough opens the next stage, too
//! little of either waits. The chance of a false alarm in the whole rollout is at most alpha, however often it looks: the
//! mathematics is the crate `evidence`, whose first page says what it assumes.
//!
//! Read in this order: `settings` (what the operator wants), `minutes` (which counts become evidence, each once), `judge`
//! (the answer), `state` (what is remembered between calls); then the sources `platform`, `prometheus` and `probe`, and what is
//! written: `sentence` and `measurements`.
//!
//! [`judge()`] is pure, so that a plan or a simulation decides as the gate does:
//!
//! ```
//! use compare::{Asked, Minute, News, Reason, Settings, State, judge};
//! use evidence::Block;
//!
//! let settings = Settings::of(&serde_json::json!({ "alpha": 0.001 })).unwrap();
//! let mut state = State::open(&[], &settings, 0, 0.0);
//! let asked = Asked {
//!     index: 0, total: 4, weight: 10, next_weight: 10, weight_since_s: 0.0, now_s: 300.0, same_revision: false,
//! };
//! let minute = Minute {
//!     start_s: 60.0, end_s: 120.0, is_counted: true, blocks: vec![Block::of([120.0, 40.0, 1_080.0, 2.0])],
//! };
//! let judgement = judge(&settings, &mut state, &asked, &News::Minutes(vec![minute])).unwrap();
//! assert_eq!(judgement.reason, Reason::Worse { metric: 0 });
//! ```
//!
//! Imports only `lockgate:plugin`: no WASI, no clock of its own, no randomness.

pub mod about;
mod asked;
mod judge;
mod measurements;
mod minutes;
pub mod platform;
pub mod probe;
pub mod prometheus;
mod sentence;
pub mod settings;
mod state;
#[cfg(test)]
pub(crate) mod tests;
mod view;
mod words;

pub use asked::{Asked, Names};
pub use evidence::Reason;
pub use judge::{Judgement, News, judge};
pub use minutes::{Minute, SourceError};
pub use settings::Settings;
pub use state::State;

use lockgate_gate::{CannotAnswer, Context, Level, Report, gate, log};
use serde_json::Value;

use settings::Source;

gate! {
    summary: about::SUMMARY,
    settings: about::SETTINGS_SCHEMA,
    origins: [],
    check: check,
}

fn check(ctx: &mut Context<Value>) -> Result<Report, CannotAnswer> {
    let settings = Settings::of(&ctx.settings)?;
    let asked = Asked::of(&ctx.stage, ctx.stable.name == ctx.canary.name);
    let mut state = State::open(
        ctx.state_bytes(),
        &settings,
        asked.weight,
        asked.weight_since_s,
    );
    let news = read(ctx, &settings, &mut state, &asked)?;
    let judgement = judge(&settings, &mut state, &asked, &news)?;
    for warning in &judgement.warnings {
        log(Level::Warn, warning, &[]);
    }
    ctx.remember_bytes(state.encode(&settings));
    Ok(Report {
        health: judgement.health,
        summary: judgement.summary,
        measurements: judgement.measurements,
    })
}

fn read(
    ctx: &Context<Value>,
    settings: &Settings,
    state: &mut State,
    asked: &Asked,
) -> Result<News, CannotAnswer> {
    if asked.same_revision || state.alarm.is_some() {
        return Ok(News::Minutes(Vec::new()));
    }
    let names = Names {
        stable: &ctx.stable.name,
        canary: &ctx.canary.name,
    };
    match &settings.source {
        Source::Platform => platform::read(settings, state, asked, names),
        Source::Probe(probing) => {
            probe::read(probing, &settings.metrics, state, &ctx.stable, &ctx.canary)
        }
        Source::Prometheus(prometheus) => {
            prometheus::read(prometheus, settings, state, asked, names)
        }
    }
}
