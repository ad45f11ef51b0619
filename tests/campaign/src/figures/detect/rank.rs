//! A rank test each minute, as `PipeCD` does: Mann and Whitney's U of the rates in twelve points of 5 s a side, one-sided at
//! 0.05, on the points of that minute alone. Points without requests are left out.

use evidence::Counts;

use super::detector::Detector;
use crate::figures::chance::{Chance, below, binomial};
use crate::figures::traffic::{Minute, float};

/// Points of a minute.
const POINTS: u64 = 12;
/// The quantile of the standard normal distribution at 0.05.
const QUANTILE: f64 = 1.644_854;

/// Splits minutes into points, and ranks them.
pub(crate) struct Rank {
    chance: Chance,
}

impl Rank {
    /// Returns the test for one rollout.
    pub(crate) fn of(chance: &Chance) -> Rank {
        Rank {
            chance: chance.clone(),
        }
    }

    /// Returns the rates in the points of a minute: each request falls into one by chance.
    fn points(&mut self, counts: Counts) -> Vec<f64> {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "whole numbers that are not negative"
        )]
        let (mut requests, failures) = (counts.requests as u64, counts.failures as u64);
        let mut points = Vec::new();
        for left in (1..=POINTS).rev() {
            let here = binomial(&mut self.chance, requests, float(left).recip());
            requests -= here;
            points.push((here, 0));
        }
        // Each failure is one of the requests that are not yet known to have failed.
        for failed in 0..failures {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "whole numbers that are not negative"
            )]
            let mut nth = below(&mut self.chance, counts.requests as u64 - failed);
            for (requests, failures) in &mut points {
                let good = *requests - *failures;
                if nth < good {
                    *failures += 1;
                    break;
                }
                nth -= good;
            }
        }
        let with_requests = points.into_iter().filter(|(requests, _)| *requests > 0);
        with_requests
            .map(|(requests, failures)| float(failures) / float(requests))
            .collect()
    }
}

/// Returns by how many standard deviations the ranks of `canary` lie above those of `stable`, by the normal approximation
/// with corrections for ties and for continuity; `None` where all are equal or a side is empty.
pub(super) fn u(canary: &[f64], stable: &[f64]) -> Option<f64> {
    let mut all: Vec<(f64, bool)> = (canary.iter().map(|&rate| (rate, true)))
        .chain(stable.iter().map(|&rate| (rate, false)))
        .collect();
    all.sort_by(|one, other| one.0.total_cmp(&other.0));
    let length = |count: usize| float(count as u64);
    let (mut ranks, mut ties, mut before) = (0.0, 0.0, 0.0);
    for equal in all.chunk_by(|one, other| one.0.total_cmp(&other.0).is_eq()) {
        let count = length(equal.len());
        let of_canary = length(equal.iter().filter(|(_, of_canary)| *of_canary).count());
        ranks += of_canary * (before + (count + 1.0) / 2.0);
        ties += count.powi(3) - count;
        before += count;
    }
    let (n, m) = (length(canary.len()), length(stable.len()));
    let variance = n * m / 12.0 * ((before + 1.0) - ties / (before * (before - 1.0)));
    let above = ranks - n * (n + 1.0) / 2.0 - n * m / 2.0;
    (variance > 0.0).then(|| (above - 0.5) / variance.sqrt())
}

impl Detector for Rank {
    fn alarms(&mut self, minute: &Minute) -> bool {
        let canary = self.points(minute.block.canary);
        let stable = self.points(minute.block.stable);
        u(&canary, &stable).is_some_and(|u| u > QUANTILE)
    }
}
