//! Decides: from how the transaction and the clean-up ended to a verdict with one sentence.
//!
//! Pure. A wrong answer is a "no", no answer is "cannot tell yet", a request that lockgate did not
//! send is "could not answer". What is left behind is always said.

use crate::session::Stop;
use crate::settings::Settings;

/// What a health check finds; the words of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// Fit to serve.
    Healthy,
    /// Not fit to serve.
    Unhealthy,
    /// Cannot tell yet.
    Unknown,
}

/// The answer to "is the canary fit to serve?".
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The finding.
    pub health: Health,
    /// One sentence for a person.
    pub summary: String,
    /// Milliseconds by step, and those of all steps as `total`; without the clean-up.
    pub latencies: Vec<(&'static str, f64)>,
}

/// Something that the gate made and could not delete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leftover {
    /// `order` or `basket`.
    pub what: &'static str,
    /// Where it is.
    pub path: String,
    /// Why it is still there.
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
    // A failure of the transaction says more than one of the clean-up that follows it.
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
