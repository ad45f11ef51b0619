//! What all detectors are.

use crate::figures::traffic::Minute;

/// Looks at each minute once, in order.
pub(crate) trait Detector {
    /// Returns whether the canary is worse, by all minutes until this one. It is not asked again once it has said so.
    fn alarms(&mut self, minute: &Minute) -> bool;
}
