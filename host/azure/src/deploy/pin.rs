//! Pinning: what follows `latestRevision` becomes the revision that it means now, by name.
//!
//! Until then whatever is deployed takes the traffic as soon as it is ready.

use rollout::{Share, Traffic, TrafficTarget, Weight};
use serde_json::json;

use super::{DeployError, check_free, check_mode};
use crate::app::App;
use crate::arm::{ArmError, Ending, Subject};
use crate::status::AppStatus;
use crate::wire;

/// What pinning came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pinned {
    /// The revision that has the traffic by name now; `None` when nothing followed anything.
    pub revision: Option<String>,
    /// The traffic as it was read last.
    pub traffic: Traffic,
}

impl App {
    /// Pins what follows `latestRevision` to the latest ready revision, and reads it back. Every
    /// other entry and label stays. Writes nothing when nothing follows it.
    ///
    /// # Errors
    /// [`DeployError::Refused`] before the write; [`DeployError::Unverified`] when it was sent and
    /// what stands now is not certain.
    pub async fn pin(&self) -> Result<Pinned, DeployError> {
        let status = self.describe().await.map_err(|e| DeployError::before(&e))?;
        check_free(&status)?;
        check_mode(&status, false)?;
        self.pin_as_read(&status).await
    }

    pub(super) async fn pin_as_read(&self, status: &AppStatus) -> Result<Pinned, DeployError> {
        let Some((revision, wanted)) = pinned(status).map_err(DeployError::Refused)? else {
            return Ok(Pinned {
                revision: None,
                traffic: status.traffic.clone(),
            });
        };
        let call = self.connection.call(&self.id, &[], Subject::Traffic);
        let entries = wire::entries(&wanted);
        let body = json!({"properties": {"configuration": {"ingress": {"traffic": entries}}}});
        match self.connection.write(&call, &body).await {
            Ok(Ending::Failed(reason)) => return Err(DeployError::Failed(reason)),
            // Whatever else is said, only a read tells.
            Ok(_) => {}
            Err(error @ (ArmError::Lost { .. } | ArmError::Unreadable { .. })) => {
                return self
                    .read_pinned(revision, &wanted, &error.to_string())
                    .await;
            }
            Err(error) if error.status().is_some_and(|status| status >= 500) => {
                return self
                    .read_pinned(revision, &wanted, &error.to_string())
                    .await;
            }
            Err(error) => return Err(DeployError::Refused(error.to_string())),
        }
        self.read_pinned(revision, &wanted, "the write was accepted")
            .await
    }

    async fn read_pinned(
        &self,
        revision: String,
        wanted: &Traffic,
        why: &str,
    ) -> Result<Pinned, DeployError> {
        match self.until_traffic_is(wanted).await {
            Ok(traffic) => Ok(Pinned {
                revision: Some(revision),
                traffic,
            }),
            Err(seen) => Err(DeployError::Unverified(format!(
                "{why}, but the app does not show {wanted}: {seen}; look with `lockgate status`"
            ))),
        }
    }
}

/// Returns the revision that `latestRevision` means now and the traffic with its name, or `None`
/// when nothing that counts follows it.
fn pinned(status: &AppStatus) -> Result<Option<(String, Traffic)>, String> {
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
    Ok(Some((latest, Traffic(shares))))
}
