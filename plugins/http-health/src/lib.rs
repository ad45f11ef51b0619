//! The gate that ships with lockgate: a health check that sends HTTP requests to the canary.
//!
//! `settings` reads the operator's settings, `probe` sends the requests, `judge` turns the answers into a report, and
//! `about` is what the gate says of itself.
//!
//! Imports only `lockgate:plugin`: no WASI, no clock of its own, no randomness.

pub mod about;
pub mod judge;
pub mod probe;
pub mod settings;
mod words;

use lockgate_gate::{CannotAnswer, Context, Report, gate};
use serde_json::Value;

use settings::Settings;

gate! {
    summary: about::SUMMARY,
    settings: about::SETTINGS_SCHEMA,
    origins: [],
    check: check,
}

fn check(ctx: &mut Context<Value>) -> Result<Report, CannotAnswer> {
    let settings = Settings::of(&ctx.settings)?.with_facts(&ctx.facts)?;
    probe::probe(&settings, &ctx.canary, &ctx.stable)
}
