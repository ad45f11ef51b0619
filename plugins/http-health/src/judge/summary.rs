//! Writes the one sentence of a report, for a reader who is on call.
//!
//! Decides nothing: every number and every failure comes from the findings.

use super::latency::{Excess, medians, percentile_of};
use super::{Attempt, Finding};
use crate::settings::Settings;
use crate::words::{decimal, milliseconds, times};

pub(super) fn healthy(settings: &Settings, attempts: &[Attempt], successes: usize) -> String {
    let (made, met) = (attempts.len(), met_count(attempts));
    let how_often = if met == made {
        times(made)
    } else if settings.needs_all_attempts() {
        format!("in {met} of {made} attempts")
    } else {
        format!("{} in a row", times(successes))
    };
    let statuses = statuses_met(attempts);
    let latency = latency_words(settings, attempts);
    let earlier = match last_setback(attempts) {
        None => String::new(),
        Some(Setback::Canary(failure)) => format!("; an earlier attempt {failure}"),
        Some(Setback::Stable(trouble)) => format!("; earlier the stable {trouble}"),
    };
    format!(
        "{} answered {statuses} {how_often}, {latency}{earlier}",
        request_words(settings)
    )
}

pub(super) fn failed(settings: &Settings, attempts: &[Attempt], failures: usize) -> String {
    let request = request_words(settings);
    let mut last_failures = attempts
        .iter()
        .rev()
        .filter_map(|attempt| match &attempt.finding {
            Finding::Failed(failure) => Some(failure.as_str()),
            _ => None,
        });
    let last = last_failures.next().unwrap_or("failed");
    if failures == 1 {
        return format!("{request} {last}");
    }
    let often = times(failures);
    if last_failures
        .take(failures - 1)
        .all(|failure| failure == last)
    {
        format!("{request} {last} {often} in a row")
    } else {
        format!("{request} failed {often} in a row; the last attempt {last}")
    }
}

pub(super) fn too_slow(settings: &Settings, made: usize, excess: &Excess) -> String {
    let request = request_words(settings);
    match excess {
        Excess::Percentile {
            percentile,
            found_ms,
            max_ms,
        } => {
            let found =
                found_ms.map_or_else(|| "an attempt without an answer".into(), milliseconds);
            let most = milliseconds(*max_ms);
            format!(
                "{request} is too slow: p{percentile} of {made} attempts is {found} \
                 (at most {most})"
            )
        }
        Excess::Ratio {
            medians_ms: (canary, stable),
            ratio,
        } => {
            let (canary, stable) = (milliseconds(*canary), milliseconds(*stable));
            let ratio = decimal(*ratio, 2);
            format!(
                "{request} is too slow: median {canary} against the stable's {stable} \
                 (at most {ratio} times as long)"
            )
        }
    }
}

pub(super) fn undecided(settings: &Settings, attempts: &[Attempt]) -> String {
    let (request, made) = (request_words(settings), attempts.len());
    let stable_troubles = attempts
        .iter()
        .filter_map(|attempt| match &attempt.finding {
            Finding::NotComparable(trouble) => Some(trouble),
            _ => None,
        });
    if let (Some(compare), Some(trouble)) = (&settings.compare, stable_troubles.clone().next_back())
    {
        let (count, method, path) = (stable_troubles.count(), &settings.method, &compare.path);
        return format!(
            "{request} could not be compared: {method} {path} on the stable {trouble}, \
             in {count} of {made} attempts"
        );
    }
    let (met, needed) = (met_count(attempts), settings.successes_in_a_row);
    let last = match last_setback(attempts) {
        Some(Setback::Canary(failure)) => format!("; the last that failed {failure}"),
        _ => String::new(),
    };
    format!(
        "{request} gave mixed results: {met} of {made} attempts succeeded, but they did not end \
         with {needed} in a row{last}"
    )
}

fn request_words(settings: &Settings) -> String {
    format!(
        "{} {}",
        settings.method,
        crate::words::excerpt(&settings.path)
    )
}

fn met_count(attempts: &[Attempt]) -> usize {
    attempts
        .iter()
        .filter(|attempt| attempt.finding == Finding::Met)
        .count()
}

/// Returns the distinct status codes of the successes, in the order in which they came.
fn statuses_met(attempts: &[Attempt]) -> String {
    let mut statuses: Vec<String> = Vec::new();
    for attempt in attempts
        .iter()
        .filter(|attempt| attempt.finding == Finding::Met)
    {
        let status = attempt.canary.map(|reading| reading.status.to_string());
        statuses.extend(status.filter(|status| !statuses.contains(status)));
    }
    statuses.join(" and ")
}

fn latency_words(settings: &Settings, attempts: &[Attempt]) -> String {
    let bound = settings.latency.as_ref();
    let percentile = bound.and_then(|bound| Some((bound.percentile?, bound.max_ms)));
    let mut words = match percentile {
        Some((percentile, max_ms)) => {
            let found = percentile_of(attempts, percentile).unwrap_or_default();
            format!(
                "p{percentile} {} (at most {})",
                milliseconds(found),
                milliseconds(max_ms)
            )
        }
        None => {
            let met = attempts
                .iter()
                .filter(|attempt| attempt.finding == Finding::Met);
            let latencies = met.filter_map(|attempt| Some(attempt.canary?.elapsed_ms));
            format!("slowest {}", milliseconds(latencies.fold(0.0, f64::max)))
        }
    };
    if settings.compare.is_some()
        && let Some((canary, stable)) = medians(attempts)
    {
        let (canary, stable) = (milliseconds(canary), milliseconds(stable));
        words.push_str(&format!(", median {canary} against the stable's {stable}"));
    }
    words
}

enum Setback<'attempt> {
    Canary(&'attempt str),
    Stable(&'attempt str),
}

fn last_setback(attempts: &[Attempt]) -> Option<Setback<'_>> {
    attempts
        .iter()
        .rev()
        .find_map(|attempt| match &attempt.finding {
            Finding::Met => None,
            Finding::Failed(failure) => Some(Setback::Canary(failure)),
            Finding::NotComparable(trouble) => Some(Setback::Stable(trouble)),
        })
}
