//! What keeps a deployment from an app: a lease, no ingress, a running operation, or the revision mode.

use super::error::DeployError;
use super::new_revision::NewRevision;
use crate::resolve::{check_ingress, damaged_lease};
use crate::states::{Mode, Provisioning};
use crate::status::AppStatus;

/// Refuses an app on which a run holds the lease, that has no ingress, or that is being changed.
pub(crate) fn check_free(status: &AppStatus) -> Result<(), DeployError> {
    let app = &status.app;
    let refuse = |why: String| Err(DeployError::Refused(why));
    match &status.lease {
        Ok(None) => {}
        Ok(Some(lease)) => {
            return refuse(format!(
                "run {} holds the lease on {} and may still be running; see it with {}, end it with {} or {}",
                lease.run,
                app.name(),
                app.lockgate("status"),
                app.lockgate("recover"),
                app.lockgate("abort")
            ));
        }
        Err(error) => return refuse(damaged_lease(app, error)),
    }
    check_ingress(status).map_err(DeployError::Refused)?;
    if status.provisioning != Provisioning::Succeeded {
        return refuse(format!(
            "{} is busy or broken: its provisioningState is {}; wait until {} says Succeeded",
            app.name(),
            status.provisioning,
            app.show_state()
        ));
    }
    Ok(())
}

/// Returns whether the app must be switched to revision mode Multiple first, and may be.
pub(crate) fn must_switch(status: &AppStatus, new: &NewRevision) -> bool {
    new.ensure_multiple && status.mode == Mode::Single
}

/// Refuses an app that is not in revision mode Multiple.
pub(crate) fn check_multiple(status: &AppStatus) -> Result<(), DeployError> {
    let name = status.app.name();
    match &status.mode {
        Mode::Multiple => Ok(()),
        Mode::Single => Err(DeployError::Refused(format!(
            "{name} is in revision mode Single, where a new revision takes all traffic at once; switch with {}, or \
             pass --ensure-multiple to have a deployment do it first",
            status.app.switch_to_multiple()
        ))),
        Mode::Other(mode) => Err(DeployError::Refused(format!(
            "{name} is in revision mode {mode}; lockgate works in mode Multiple alone: switch with {}",
            status.app.switch_to_multiple()
        ))),
    }
}
