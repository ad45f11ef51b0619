//! Reads an app before a run: which revision is stable and which is the canary, from the list of revisions or
//! from the lease. Writes nothing.

use std::time::Duration;

use rollout::ports::{InspectError, Observation};
use rollout::{Inspection, Intent, Traffic, TrafficTarget, Weight};

use super::App;
use crate::arm::{ArmError, Subject};
use crate::resolve::{
    CanaryChoice, LeasedRevision, LeasedRevisions, Reasons, Undoing, damaged_lease, explain,
    find_undo, follow_lease, resolve, undo_split,
};
use crate::status::{AppStatus, RevisionStatus};
use crate::tags;
use crate::time::signed_now;
use crate::wire;

/// A difference between the clocks that is reported, in seconds.
const SKEW_SECONDS_WARN: i64 = 60;
/// A difference between the clocks with which no rollout begins, in seconds: the tolerance of Entra for tokens.
const SKEW_SECONDS_MAX: i64 = 300;

/// How long abort and recover wait for the read of a leased revision.
const LEASED_READ_TIMEOUT: Duration = Duration::from_secs(3);

impl App {
    /// Reads the app and all its revisions. Writes nothing and refuses nothing: a damaged lease is part of the
    /// result.
    ///
    /// # Errors
    /// When a read fails after its retries, or the traffic array that was read is not valid.
    pub async fn describe(&self) -> Result<AppStatus, ArmError> {
        let document = self.read().await?;
        let list = self
            .connection
            .call(&self.id, &["revisions"], Subject::Revisions);
        let (revisions, is_complete) = match self.connection.read_all(list).await {
            Ok(revisions) => (revisions, true),
            Err(error) => (self.named_revisions(&document, error).await?, false),
        };
        let endpoint = &self.connection.endpoint;
        let mut status =
            AppStatus::new(&self.id, &document, revisions, endpoint).map_err(|reason| {
                ArmError::Unreadable {
                    doing: "reading the app".to_owned(),
                    reason,
                }
            })?;
        status.is_complete = is_complete;
        Ok(status)
    }

    /// Reads only the revisions that a rollout needs, each by its name. Returns the error of the list when the
    /// canary was not named, or when the error is a refusal.
    async fn named_revisions(
        &self,
        document: &wire::App,
        list_error: ArmError,
    ) -> Result<Vec<wire::Revision>, ArmError> {
        let Some(CanaryChoice::Revision(canary)) = &self.selection.canary else {
            return Err(list_error);
        };
        if matches!(list_error.status(), Some(400..=499)) {
            return Err(list_error);
        }
        let ingress = document.properties.configuration.ingress.as_ref();
        let traffic = ingress
            .map(|ingress| &ingress.traffic[..])
            .unwrap_or_default();
        let mut names: Vec<&String> = traffic
            .iter()
            .filter(|entry| entry.weight.unwrap_or(0) > 0)
            .filter_map(|entry| entry.revision_name.as_ref())
            .chain([canary])
            .collect();
        names.sort_unstable();
        names.dedup();
        let mut revisions = Vec::new();
        for name in names {
            let subject = Subject::Revision(name.clone());
            let call = self
                .connection
                .call(&self.id, &["revisions", name], subject);
            revisions.push(self.connection.read(&call).await?);
        }
        Ok(revisions)
    }

    /// Reads the app and chooses the stable revision and the canary of a rollout, with the reasons. Writes nothing.
    ///
    /// # Errors
    /// The same as of [`Platform::inspect`](rollout::ports::Platform::inspect) for a rollout.
    pub async fn choose(&self) -> Result<(Inspection, Reasons), InspectError> {
        let status = self
            .describe()
            .await
            .map_err(|error| InspectError::Unreadable(error.to_string()))?;
        let now = signed_now();
        let off = self.connection.skew().map_or(0, |skew| skew.as_secs());
        if off.abs() > SKEW_SECONDS_MAX {
            return Err(InspectError::Refused(format!(
                "this machine's clock and {}'s are {off} s apart, so the times of tokens and of the \
                 lease cannot be compared: set the clock",
                self.connection
                    .endpoint
                    .base()
                    .host_str()
                    .unwrap_or("the service")
            )));
        }
        let mut inspection =
            resolve(&status, &self.selection, now).map_err(InspectError::Refused)?;
        inspection.read_at = self.connection.unix_seconds();
        let mut reasons = explain(&status, &self.selection, &inspection, now);
        if off.abs() > SKEW_SECONDS_WARN {
            let warning = format!("this machine's clock is {off} s off: set it");
            reasons.others.push(warning);
        }
        Ok((inspection, reasons))
    }

    /// Reads the app and all its revisions for an undo of the last promotion.
    pub(super) async fn inspect_undo(&self) -> Result<Inspection, InspectError> {
        let status = self
            .describe()
            .await
            .map_err(|error| InspectError::Unreadable(error.to_string()))?;
        let now = signed_now();
        let read_at = self.connection.unix_seconds();
        match find_undo(&status, now).map_err(InspectError::Refused)? {
            Undoing::Possible(inspection) => Ok(Inspection {
                read_at,
                ..*inspection
            }),
            Undoing::Done => Err(InspectError::NoLease(Box::new(Observation {
                traffic: status.traffic,
                lease: None,
                ended: status.ended,
                stable: None,
                settled: status.provisioning.is_settled(),
            }))),
        }
    }

    /// Reads the two revisions of the lease, each by its name: listing hundreds of revisions may take longer than
    /// the service allows.
    pub(super) async fn inspect_lease(&self, intent: &Intent) -> Result<Inspection, InspectError> {
        let unreadable = |error: ArmError| InspectError::Unreadable(error.to_string());
        let document = self.read().await.map_err(unreadable)?;
        let settled = document.properties.provisioning_state.is_settled();
        let tags = document.tags.unwrap_or_default();
        let lease = tags::decode(&tags)
            .map_err(|error| InspectError::Refused(damaged_lease(&self.id, &error)))?;
        let ingress = document.properties.configuration.ingress.as_ref();
        let now = ingress
            .map(wire::Ingress::shares)
            .transpose()
            .map_err(InspectError::Unreadable)?
            .unwrap_or_default();
        let Some(lease) = lease else {
            return match intent {
                Intent::Abort { to: Some(to), .. } if settled => self.split_to_undo(to, now).await,
                _ => Err(InspectError::NoLease(Box::new(Observation {
                    traffic: now,
                    lease: None,
                    ended: tags::decode_ended(&tags),
                    stable: None,
                    settled,
                }))),
            };
        };
        let (stable, canary) = tokio::join!(
            self.read_leased(&lease.stable, intent),
            self.read_leased(&lease.canary, intent)
        );
        let revisions = LeasedRevisions { stable, canary };
        let mut inspection = follow_lease(&self.id, &lease, now, &revisions, intent)
            .map_err(InspectError::Refused)?;
        inspection.settled = settled;
        inspection.read_at = self.connection.unix_seconds();
        Ok(inspection)
    }

    /// Finds what gives all traffic to the revision that a person names, on an app whose split no lease explains.
    async fn split_to_undo(&self, to: &str, now: Traffic) -> Result<Inspection, InspectError> {
        let name = self.id.name();
        let others = now.0.iter().filter_map(|share| match &share.target {
            TrafficTarget::Revision(other) if other != to && share.weight > Weight::ZERO => {
                Some((share.weight, other))
            }
            _ => None,
        });
        let Some((_, other)) = others.max_by_key(|(weight, _)| *weight) else {
            // Nothing is shared with another revision: there is nothing to undo.
            return Err(InspectError::NoLease(Box::new(Observation {
                traffic: now,
                lease: None,
                ended: None,
                stable: None,
                settled: true,
            })));
        };
        let other = other.clone();
        let intent = Intent::Resume;
        let (stable, canary) = tokio::join!(
            self.read_leased(to, &intent),
            self.read_leased(&other, &intent)
        );
        if let LeasedRevision::Gone = stable {
            let list = self.id.list_revisions();
            return Err(InspectError::Refused(format!(
                "{name} has no revision {to}: see its revisions with {list}"
            )));
        }
        let mut inspection = undo_split(
            &self.id,
            [to, &other],
            now,
            &LeasedRevisions { stable, canary },
        );
        inspection.read_at = self.connection.unix_seconds();
        Ok(inspection)
    }

    async fn read_leased(&self, name: &str, intent: &Intent) -> LeasedRevision {
        let subject = Subject::Revision(name.to_owned());
        let call = self
            .connection
            .call(&self.id, &["revisions", name], subject);
        let read = self.connection.read::<wire::Revision>(&call);
        // Restoring the baseline does not depend on these reads, so it does not wait long for them.
        let read = match intent {
            Intent::Resume => read.await,
            _ => match tokio::time::timeout(LEASED_READ_TIMEOUT, read).await {
                Ok(read) => read,
                Err(_) => return LeasedRevision::Unknown("no answer in time".to_owned()),
            },
        };
        match read {
            Ok(revision) => LeasedRevision::Present(Box::new(RevisionStatus::new(
                revision,
                &self.connection.endpoint,
            ))),
            Err(error) if error.status() == Some(404) => LeasedRevision::Gone,
            Err(error) => LeasedRevision::Unknown(error.to_string()),
        }
    }
}
