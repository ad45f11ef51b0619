//! Decides from the ends of the transaction and of the clean-up: a verdict with one sentence.
//!
//! Pure. A wrong answer is unhealthy, no answer is unknown, and a request that lockgate did not send
//! is "could not answer". The sentence always names what could not be deleted.

use lockgate_gate::{CannotAnswer, Measurement, Report, healthy, measurement, unhealthy, unknown};

use crate::session::Stop;
use crate::settings::Settings;

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

/// Judges a transaction. The measurements are the milliseconds of each step, then of all steps as `total`; without the
/// clean-up.
///
/// # Errors
/// When lockgate did not send a request, or could not.
pub fn conclude(
    settings: &Settings,
    bought: Result<(), Stop>,
    leftovers: &[Leftover],
    timings: &[(&'static str, f64)],
) -> Result<Report, CannotAnswer> {
    let total_ms: f64 = timings.iter().map(|(_, elapsed_ms)| elapsed_ms).sum();
    let max_ms = f64::from(settings.max_total_ms);
    let what = format!("{} {}", settings.quantity, settings.item);
    let left = left_behind(leftovers);
    // A failure of the transaction explains more than a failure of the clean-up after it.
    let stop = bought.err();
    let stop = stop.or_else(|| leftovers.first().map(|leftover| leftover.stop.clone()));
    let report = match stop {
        Some(Stop::Wrong(reason)) => unhealthy(reason + &left),
        Some(Stop::Silent(reason)) => unknown(reason + &left),
        Some(Stop::Refused(reason)) => return Err(CannotAnswer::new(reason + &left)),
        None if total_ms > max_ms => unhealthy(format!(
            "bought {what} in {total_ms:.0} ms, at most {max_ms} ms were expected"
        )),
        None => healthy(format!(
            "bought {what} and read the order back in {total_ms:.0} ms"
        )),
    };
    Ok(report.with(latencies(timings, total_ms)))
}

fn latencies(timings: &[(&'static str, f64)], total_ms: f64) -> Vec<Measurement> {
    let total = ("total", total_ms);
    let all = timings.iter().chain([&total]);
    all.map(|(step, ms)| measurement("latency", step, *ms, "ms"))
        .collect()
}

fn left_behind(leftovers: &[Leftover]) -> String {
    let say = |leftover: &Leftover| {
        let (Stop::Wrong(reason) | Stop::Silent(reason) | Stop::Refused(reason)) = &leftover.stop;
        let Leftover { what, path, .. } = leftover;
        format!("; clean-up failed, the {what} {path} is left behind ({reason})")
    };
    leftovers.iter().map(say).collect()
}
