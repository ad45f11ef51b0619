//! Pinning: the traffic entry that follows `latestRevision` is replaced by one that names the revision, and a revision
//! gets one entry.
//!
//! Before that, any new revision takes the traffic as soon as it is ready. Never changes what a revision gets.

use rollout::Traffic;
use serde_json::json;

use super::checks::{check_free, check_multiple};
use super::error::DeployError;
use crate::app::App;
use crate::arm::{OperationOutcome, Subject};
use crate::resolve::{Pin, pin_of};
use crate::status::AppStatus;
use crate::wire;

/// The result of pinning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pinned {
    /// The revision that the traffic names now; `None` when no traffic followed `latestRevision`.
    pub revision: Option<String>,
    /// The traffic at the last read.
    pub traffic: Traffic,
}

impl App {
    /// Pins the traffic that follows `latestRevision` to the latest ready revision, joins entries of one revision, and
    /// reads the app again to check it. Every share and label is unchanged. Writes nothing when there is nothing to pin.
    ///
    /// # Errors
    /// [`DeployError::Refused`] before the write; [`DeployError::Failed`] when the platform did not apply it;
    /// [`DeployError::Unverified`] when it was sent and the traffic now is not certain.
    pub async fn pin(&self) -> Result<Pinned, DeployError> {
        let status = self
            .describe()
            .await
            .map_err(|e| DeployError::before_write(&e))?;
        check_free(&status)?;
        check_multiple(&status)?;
        self.pin_as_read(&status).await
    }

    pub(super) async fn pin_as_read(&self, status: &AppStatus) -> Result<Pinned, DeployError> {
        let Some(pin) = pin_of(status).map_err(DeployError::Refused)? else {
            return Ok(Pinned {
                revision: None,
                traffic: status.traffic.clone(),
            });
        };
        let call = self.connection.call(&self.id, &[], Subject::Traffic);
        let entries = wire::entries(&pin.traffic);
        let body = json!({"properties": {"configuration": {"ingress": {"traffic": entries}}}});
        let unchanged = async || self.is_unchanged(&status.traffic).await;
        match self
            .connection
            .write_comparing(&call, &body, unchanged)
            .await
        {
            Ok(OperationOutcome::Failed(reason)) => Err(DeployError::Failed(reason)),
            // After every other outcome a read decides.
            Ok(
                OperationOutcome::Succeeded
                | OperationOutcome::Unknown(_)
                | OperationOutcome::Untracked(_),
            ) => self.read_pinned(pin, "the write was accepted").await,
            Err(error) if error.may_have_been_applied() => {
                self.read_pinned(pin, &error.to_string()).await
            }
            Err(error) => Err(DeployError::Refused(error.to_string())),
        }
    }

    async fn read_pinned(&self, pin: Pin, result: &str) -> Result<Pinned, DeployError> {
        let wanted = &pin.traffic;
        match self.until_traffic_is(wanted).await {
            Ok(traffic) => Ok(Pinned {
                revision: Some(pin.revision),
                traffic,
            }),
            Err(seen) => Err(DeployError::Unverified(format!(
                "{result}, but the app does not show {wanted}: {seen}; check with {}",
                self.id.lockgate("status")
            ))),
        }
    }
}
