//! What a traffic array is, seen from one run: its baseline, one of its splits, or neither.

use crate::inspection::Inspection;
use crate::traffic::{Traffic, Weight};

/// What a traffic array is, seen from the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TrafficKind {
    /// The array as it was before the run's first write.
    Baseline,
    /// All traffic is shared by stable and canary; the canary has this weight.
    Split(Weight),
    /// An array that the run never writes.
    Foreign,
}

/// Returns what `traffic` is, seen from a run that began with `found`.
pub(super) fn classify(traffic: &Traffic, found: &Inspection) -> TrafficKind {
    if traffic.same_as(&found.baseline) {
        return TrafficKind::Baseline;
    }
    let weight = Weight::new(traffic.weight_of(&found.canary.name));
    match weight {
        // Without a lease the split that was found is the one to undo, whoever made it.
        Some(weight) if found.lease.is_none() && traffic.same_as(&found.now) => {
            TrafficKind::Split(weight)
        }
        Some(weight) if traffic.same_as(&found.split(weight)) => TrafficKind::Split(weight),
        _ => TrafficKind::Foreign,
    }
}
