//! Decides from the ends of the transaction and of the clean-up: a verdict with one sentence.
//!
//! Pure. A wrong answer is unhealthy, no answer is unknown, and a request that lockgate did not send
//! is "could not answer". The sentence always names what could not be deleted.

use crate::session::Stop;
use crate::settings::Settings;

/// The finding of a health check, as in the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// Fit to serve.
    Healthy,
    /// Not fit to serve.
    Unhealthy,
    /// Not decided yet.
    Unknown,
}

/// The answer of the gate.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The finding.
    pub health: Health,
    /// One sentence for the reader of the log.
    pub summary: String,
    /// Milliseconds of each step, then of all steps as `total`; without the clean-up.
    pub latencies: Vec<(&'static str, f64)>,
}

/// Something that the gate created and could not delete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leftover {
    /// `order` or `basket`.
    pub what: &'static str,
    /// Its path at the canary.
    pub path: String,
    /// Why it could not be deleted.
    pub stop: Stop,
}

/// Judges a transaction. `Err` means "could not answer".
pub fn conclude(
    settings: &Settings,
    bought: Result<(), Stop>,
    leftovers: &[Leftover],
    timings: &[(&'static str, f64)],
) -> Result<Report, String> {
    let total_ms: f64 = timings.iter().map(|(_, elapsed_ms)| elapsed_ms).sum();
    let max_ms = f64::from(settings.max_total_ms);
    let what = format!("{} {}", settings.quantity, settings.item);
    // A failure of the transaction explains more than a failure of the clean-up after it.
    let stop = bought.err();
    let stop = stop.or_else(|| leftovers.first().map(|leftover| leftover.stop.clone()));
    let (health, mut summary) = match stop {
        Some(Stop::Wrong(reason)) => (Health::Unhealthy, reason),
        Some(Stop::Silent(reason)) => (Health::Unknown, reason),
        Some(Stop::Refused(reason)) => return Err(reason + &left_behind(leftovers)),
        None if total_ms > max_ms => (
            Health::Unhealthy,
            format!("bought {what} in {total_ms:.0} ms, at most {max_ms} ms were expected"),
        ),
        None => (
            Health::Healthy,
            format!("bought {what} and read the order back in {total_ms:.0} ms"),
        ),
    };
    summary += &left_behind(leftovers);
    let mut latencies = timings.to_vec();
    latencies.push(("total", total_ms));
    Ok(Report {
        health,
        summary,
        latencies,
    })
}

fn left_behind(leftovers: &[Leftover]) -> String {
    let say = |leftover: &Leftover| {
        let (Stop::Wrong(reason) | Stop::Silent(reason) | Stop::Refused(reason)) = &leftover.stop;
        let Leftover { what, path, .. } = leftover;
        format!("; clean-up failed, the {what} {path} is left behind ({reason})")
    };
    leftovers.iter().map(say).collect()
}
