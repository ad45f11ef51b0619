//! What the test can see: how many requests it takes to catch a canary, or to let one go on. Estimates, within about a
//! quarter of the simulated median.

use crate::constants::GRID_BAD;
use crate::factor::{Line, Stakes, stakes};

/// What a plan asks the test for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Comparison {
    /// The tolerated line; for [`requests_to_go_on`] the line with the margin.
    pub line: Line,
    /// The canary's share of the traffic, above 0 and below 1 (or 1 for an absolute line).
    pub weight: f64,
    /// The stable's rate of failures, above 0.
    pub stable_rate: f64,
}

/// Returns about how many requests, to both revisions together, it takes to roll back a canary that fails at `canary_rate`;
/// `None` where it is within tolerance, or there is nothing to compare with.
pub fn requests_to_catch(comparison: &Comparison, canary_rate: f64, alpha: f64) -> Option<f64> {
    if canary_rate <= comparison.line.at(comparison.stable_rate) {
        return None;
    }
    let growth = growth(comparison, canary_rate, canary_rate)?;
    #[expect(clippy::cast_precision_loss, reason = "4")]
    let needed = alpha.recip().ln() + (GRID_BAD.len() as f64).ln();
    Some(needed / growth)
}

/// Returns about how many requests, to both revisions together, it takes to let a canary go on that fails as often as stable
/// does. `still` is the logarithm of the evidence that is missing: `ln(1/beta)` at the beginning of a stage.
pub fn requests_to_go_on(comparison: &Comparison, still: f64) -> Option<f64> {
    let same = if comparison.line.is_absolute() {
        comparison.stable_rate.min(comparison.line.difference / 2.0)
    } else {
        comparison.stable_rate
    };
    if same >= comparison.line.at(comparison.stable_rate) {
        return None;
    }
    Some(still.max(0.0) / growth(comparison, same, same)?)
}

/// Returns by how much the logarithm of the evidence grows with a request, in the mean, where the canary fails at
/// `canary_rate` and the bet is `bet`; `None` where it does not grow.
fn growth(comparison: &Comparison, canary_rate: f64, bet: f64) -> Option<f64> {
    let Comparison {
        line,
        weight,
        stable_rate,
    } = *comparison;
    let Stakes { canary, stable } = stakes(weight, 1.0 - weight, line, stable_rate, bet)?;
    let of_stable = if line.is_absolute() {
        0.0
    } else {
        (1.0 - weight) * stable_rate * stable.ln()
    };
    let growth =
        weight * canary_rate * canary.ln() + of_stable - weight * line.difference * (canary - 1.0);
    (growth > 0.0).then_some(growth)
}

#[cfg(test)]
mod tests;
