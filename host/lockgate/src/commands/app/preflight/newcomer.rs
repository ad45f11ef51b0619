//! What becomes of the gate that judges real traffic where nobody has configured it and it may not read the counts: it is
//! left out, with one note. Nothing was asked for, so nothing fails.

use super::online::Found;
use crate::assemble::LoadedGates;
use crate::config::RolloutConfig;
use crate::config::defaults::JUDGE;
use crate::platform::Need;

/// Returns the gates that are asked, and sets why the real traffic is not judged.
///
/// # Errors
/// None that a valid configuration leads to: the gate that is left out decides nothing.
pub(crate) fn allowed(
    gates: LoadedGates,
    found: &Found,
    config: &mut RolloutConfig,
) -> anyhow::Result<LoadedGates> {
    if !(config.is_judged_by_default && found.lacks_counts) {
        return Ok(gates);
    }
    let Need { action, role, .. } = Need::COUNTS;
    config.unjudged = Some(format!(
        "{JUDGE} saw nothing: the identity lacks {action}, which the role {role} has"
    ));
    gates.without(JUDGE, config)
}
