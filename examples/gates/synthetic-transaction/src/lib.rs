//! A health check that buys something: it signs in, fills a basket, checks out, reads the order back,
//! and deletes both. An example to copy.
//!
//! `shop` holds the steps; replace it for another transaction. `session` sends one step and checks
//! its answer, `report` turns the outcome into a verdict, and `settings` and `about` are what the operator
//! sees.

pub mod about;
pub mod report;
pub mod session;
pub mod settings;
pub mod shop;
#[cfg(test)]
mod tests;

use lockgate_gate::{CannotAnswer, Context, Report, gate};

use settings::Settings;

gate! {
    summary: about::SUMMARY,
    settings: about::SETTINGS_SCHEMA,
    origins: [],
    check: check,
}

fn check(ctx: &mut Context<Settings>) -> Result<Report, CannotAnswer> {
    shop::transact(&ctx.settings, &ctx.canary)
}
