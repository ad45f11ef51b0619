//! What a fault changes about a call that is applied all the same.

use std::time::Duration;

use crate::scenario::Effect;
use crate::world::operation::{OperationDuration, PlannedOutcome};

/// What a fault changes about one call; by default nothing.
#[derive(Debug, Default)]
pub(crate) struct Interference {
    /// The outcome of the operation that the call starts.
    pub(crate) outcome: PlannedOutcome,
    /// How long that operation takes, if not as long as every other one.
    pub(crate) duration: Option<OperationDuration>,
    /// The age of the document that a read shows, in writes; 0 is the current document.
    pub(crate) stale_versions: usize,
}

impl Interference {
    /// Returns what an effect changes.
    pub(crate) fn of(effect: Option<&Effect>) -> Self {
        let mut interference = Self::default();
        match effect {
            Some(Effect::StuckOperation) => interference.outcome = PlannedOutcome::Stuck,
            Some(Effect::OperationFailed { code, message }) => {
                interference.outcome = PlannedOutcome::Fails {
                    code: code.clone(),
                    message: message.clone(),
                };
            }
            Some(Effect::SlowOperation { ms }) => {
                interference.duration = Some(OperationDuration {
                    polls: u32::MAX,
                    time: Some(Duration::from_millis(*ms)),
                });
            }
            Some(Effect::StaleRead { versions }) => interference.stale_versions = *versions,
            _ => {}
        }
        interference
    }
}
