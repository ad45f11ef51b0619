//! A fixed threshold: the canary failed more than 1 % of its requests in a minute, so many times. With one it is what Argo
//! Rollouts does with `failureLimit: 0`, with five what Flagger does with `threshold: 5`: neither looks at stable, and
//! neither forgives.

use super::detector::Detector;
use crate::figures::traffic::Minute;

/// The canary's share of failures that a minute may have.
const LIMIT: f64 = 0.01;

/// Counts the minutes above the limit.
pub(crate) struct Threshold {
    left: u32,
}

impl Threshold {
    /// Returns a threshold that may be broken one time less than this; `times` is above 0.
    pub(crate) fn broken(times: u32) -> Threshold {
        Threshold { left: times }
    }
}

impl Detector for Threshold {
    fn alarms(&mut self, minute: &Minute) -> bool {
        if minute.block.canary.rate() > LIMIT {
            self.left -= 1;
        }
        self.left == 0
    }
}
