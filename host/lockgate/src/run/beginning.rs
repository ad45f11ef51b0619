//! What a run begins with, for its reports.

use crate::assemble::{self, ReadyGate};
use crate::platform::AppId;
use crate::power;
use crate::report::Beginning;

/// Returns what a run about an app with these gates begins with.
pub(crate) fn beginning(app: &AppId, ready: &[ReadyGate]) -> Beginning {
    Beginning {
        app: app.clone(),
        gates: assemble::asked_gates(ready),
        promises: power::promises(ready),
    }
}
