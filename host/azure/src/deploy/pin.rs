//! Pinning: the traffic entry that follows `latestRevision` is replaced by one that names the revision.
//!
//! Before that, any new revision takes the traffic as soon as it is ready.

use rollout::{Share, Traffic, TrafficTarget, Weight};
use serde_json::json;

use super::checks::{check_free, check_multiple};
use super::error::DeployError;
use crate::app::App;
use crate::arm::{OperationOutcome, Subject};
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
    /// Pins the traffic that follows `latestRevision` to the latest ready revision, and reads the app again to
    /// check it. Every other entry and label is unchanged. Writes nothing when no traffic follows it.
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
                "{result}, but the app does not show {wanted}: {seen}; check with `lockgate status`"
            ))),
        }
    }
}

/// The traffic to write, and the revision that takes the place of `latestRevision` in it.
pub(crate) struct Pin {
    revision: String,
    pub(crate) traffic: Traffic,
}

/// Returns the pin for what was read; `None` when no entry with a weight or a label follows `latestRevision`.
pub(crate) fn pin_of(status: &AppStatus) -> Result<Option<Pin>, String> {
    let name = status.app.name();
    let follows = |share: &&Share| share.target == TrafficTarget::LatestReady;
    let counts = |share: &Share| share.weight != Weight::ZERO || share.label.is_some();
    let Some(following) = status.traffic.0.iter().find(follows).filter(|s| counts(s)) else {
        return Ok(None);
    };
    let latest = status
        .latest_ready
        .clone()
        .filter(|latest| status.revision(latest).is_some_and(|r| r.active))
        .ok_or_else(|| {
            format!("no revision of {name} is ready, so there is none to pin its traffic to")
        })?;
    let target = TrafficTarget::Revision(latest.clone());
    let named = status.traffic.0.iter().find(|share| share.target == target);
    let label = match (
        &following.label,
        named.and_then(|share| share.label.as_ref()),
    ) {
        (Some(one), Some(other)) => {
            return Err(format!(
                "{latest} would have two labels, {one} and {other}; remove one of them with {}",
                status
                    .app
                    .az("revision label remove", &format!("--label {one}"))
            ));
        }
        (label, other) => label.clone().or_else(|| other.cloned()),
    };
    let sum = following.weight.per_cent() + named.map_or(0, |share| share.weight.per_cent());
    let weight = Weight::new(sum)
        .ok_or_else(|| format!("the weights of {latest} add up to {sum}, more than 100"))?;
    let pinned = Share {
        target: target.clone(),
        weight,
        label,
    };
    let mut shares = Vec::new();
    for share in &status.traffic.0 {
        match &share.target {
            TrafficTarget::LatestReady => shares.push(pinned.clone()),
            of if *of == target => {}
            TrafficTarget::Revision(_) => shares.push(share.clone()),
        }
    }
    Ok(Some(Pin {
        revision: latest,
        traffic: Traffic(shares),
    }))
}
