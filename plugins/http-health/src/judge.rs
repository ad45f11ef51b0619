//! Decides from the settings and the attempts so far: a report, or another attempt.
//!
//! Pure. Missing evidence is never a pass. Mixed evidence is `Unknown`, so that lockgate calls again.
//! `finding` judges one attempt, `latency` all of them, and `summary` writes the sentence.

mod finding;
mod latency;
mod summary;
#[cfg(test)]
mod tests;

pub use finding::{Attempt, Finding, Reading};
use lockgate_gate::{Health, Measurement, Report, measurement};

use crate::settings::Settings;
use latency::{Excess, percentile_excess, ratio_excess};

/// Returns the report as soon as the attempts decide one, at the latest after the last attempt.
pub fn judge(settings: &Settings, attempts: &[Attempt]) -> Option<Report> {
    let (health, summary) = verdict(settings, attempts)?;
    let measurements = attempts.iter().flat_map(measurements_of).collect();
    Some(Report {
        health,
        summary,
        measurements,
    })
}

fn verdict(settings: &Settings, attempts: &[Attempt]) -> Option<(Health, String)> {
    let failures = run_at_the_end(attempts, |finding| matches!(finding, Finding::Failed(_)));
    if failures >= settings.failures_in_a_row {
        return Some((
            Health::Unhealthy,
            summary::failed(settings, attempts, failures),
        ));
    }
    let all_made = attempts.len() >= settings.attempts;
    if all_made && let Some(excess) = percentile_excess(settings, attempts) {
        return Some((Health::Unhealthy, too_slow(settings, attempts, &excess)));
    }
    let successes = run_at_the_end(attempts, |finding| *finding == Finding::Met);
    let enough = successes >= settings.successes_in_a_row;
    if enough && (all_made || !settings.needs_all_attempts()) {
        return Some(match ratio_excess(settings, attempts) {
            Some(excess) => (Health::Unhealthy, too_slow(settings, attempts, &excess)),
            None => (
                Health::Healthy,
                summary::healthy(settings, attempts, successes),
            ),
        });
    }
    all_made.then(|| (Health::Unknown, summary::undecided(settings, attempts)))
}

fn too_slow(settings: &Settings, attempts: &[Attempt], excess: &Excess) -> String {
    summary::too_slow(settings, attempts.len(), excess)
}

fn run_at_the_end(attempts: &[Attempt], counts: impl Fn(&Finding) -> bool) -> usize {
    attempts
        .iter()
        .rev()
        .take_while(|attempt| counts(&attempt.finding))
        .count()
}

fn measurements_of(attempt: &Attempt) -> impl Iterator<Item = Measurement> {
    let readings = [("canary", attempt.canary), ("stable", attempt.stable)];
    readings
        .into_iter()
        .filter_map(|(subject, reading)| Some((subject, reading?)))
        .flat_map(|(subject, reading)| {
            [
                measurement("status", subject, f64::from(reading.status), ""),
                measurement("latency", subject, reading.elapsed_ms, "ms"),
            ]
        })
}
