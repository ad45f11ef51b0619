//! Judges the latencies of all attempts: a percentile of the canary's, or its median beside the
//! stable's.
//!
//! An attempt without an answer counts as slower than every answered one. A percentile over the
//! answered attempts alone would improve with each request that times out.

use super::{Attempt, Finding};
use crate::settings::Settings;

/// A bound that the latencies exceed.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Excess {
    /// The percentile is over the bound.
    Percentile {
        /// Which percentile.
        percentile: usize,
        /// Its value; `None` when its rank is an attempt without an answer.
        found_ms: Option<f64>,
        /// The bound.
        max_ms: f64,
    },
    /// The canary's median is too long beside the stable's.
    Ratio {
        /// The canary's median and the stable's.
        medians_ms: (f64, f64),
        /// The canary's median may be at most so many times the stable's.
        ratio: f64,
    },
}

pub(super) fn percentile_excess(settings: &Settings, attempts: &[Attempt]) -> Option<Excess> {
    let bound = settings.latency.as_ref()?;
    let percentile = bound.percentile?;
    let found_ms = percentile_of(attempts, percentile);
    let within = found_ms.is_some_and(|found| found <= bound.max_ms);
    (!within).then_some(Excess::Percentile {
        percentile,
        found_ms,
        max_ms: bound.max_ms,
    })
}

pub(super) fn ratio_excess(settings: &Settings, attempts: &[Attempt]) -> Option<Excess> {
    let bound = settings.compare.as_ref()?.latency.as_ref()?;
    let (canary, stable) = medians(attempts)?;
    let exceeds = canary > stable * bound.ratio && canary - stable > bound.min_difference_ms;
    exceeds.then_some(Excess::Ratio {
        medians_ms: (canary, stable),
        ratio: bound.ratio,
    })
}

/// Returns the nearest-rank percentile of the canary's latencies; `None` when its rank is an attempt
/// without an answer.
pub(super) fn percentile_of(attempts: &[Attempt], percentile: usize) -> Option<f64> {
    let answered = attempts
        .iter()
        .filter_map(|attempt| Some(attempt.canary?.elapsed_ms));
    let rank = (attempts.len() * percentile).div_ceil(100).max(1);
    sorted(answered).get(rank - 1).copied()
}

/// Returns the canary's median and the stable's, over the attempts in which both answered as
/// expected.
pub(super) fn medians(attempts: &[Attempt]) -> Option<(f64, f64)> {
    let met = || {
        attempts
            .iter()
            .filter(|attempt| attempt.finding == Finding::Met)
    };
    let canary = sorted(met().filter_map(|attempt| Some(attempt.canary?.elapsed_ms)));
    let stable = sorted(met().filter_map(|attempt| Some(attempt.stable?.elapsed_ms)));
    Some((median(&canary)?, median(&stable)?))
}

/// Sorts by insertion: there are at most a hundred values, and the library's sort would be a
/// twentieth of the component.
fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut sorted: Vec<f64> = Vec::new();
    for value in values {
        let place = sorted.partition_point(|other| other.total_cmp(&value).is_le());
        sorted.insert(place, value);
    }
    sorted
}

fn median(sorted: &[f64]) -> Option<f64> {
    let upper = *sorted.get(sorted.len() / 2)?;
    if sorted.len() % 2 == 1 {
        return Some(upper);
    }
    Some(f64::midpoint(sorted[sorted.len() / 2 - 1], upper))
}
