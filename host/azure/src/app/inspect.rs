//! Reading an app before a run: who is who, from the revisions or from the lease.

use std::time::Duration;

use rollout::ports::InspectError;
use rollout::{Inspection, Intent};

use super::App;
use crate::arm::{ArmError, Subject};
use crate::credential::unix_now;
use crate::resolve::{CanaryChoice, Found, Pair, Reasons, damaged, explain, leased, resolve};
use crate::status::{AppStatus, RevisionStatus};
use crate::tags::{self, Tags};
use crate::wire;

/// How far the clocks may be apart, in seconds, before it is said, and before nothing is begun: the
/// tolerance of Entra for its tokens is five minutes.
const SKEW_SECONDS_WARN: i64 = 60;
const SKEW_SECONDS_MAX: i64 = 300;

/// How long a rollback by another process waits to hear whether stable can serve.
const LOOK_UP: Duration = Duration::from_secs(3);

impl App {
    /// Reads the app and all its revisions. Writes nothing, and judges nothing: a damaged lease is
    /// part of the result.
    ///
    /// # Errors
    /// When a read fails after its retries, or what was read makes no sense.
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

    /// Reads only the revisions that a rollout needs, where their list cannot be had and the canary
    /// was named.
    async fn named_revisions(
        &self,
        document: &wire::App,
        error: ArmError,
    ) -> Result<Vec<wire::Revision>, ArmError> {
        let Some(CanaryChoice::Revision(canary)) = &self.selection.canary else {
            return Err(error);
        };
        if matches!(error.status(), Some(400..=499)) {
            return Err(error);
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

    /// Reads the app and says who would be who in a rollout, and why. Writes nothing.
    ///
    /// # Errors
    /// As [`Platform::inspect`] for a rollout.
    pub async fn choose(&self) -> Result<(Inspection, Reasons), InspectError> {
        let status = self
            .describe()
            .await
            .map_err(|error| InspectError::Unreadable(error.to_string()))?;
        let now = i64::try_from(unix_now()).unwrap_or(i64::MAX);
        let off = self.connection.skew().map_or(0, |skew| skew.as_secs());
        if off.abs() > SKEW_SECONDS_MAX {
            return Err(InspectError::Refused(format!(
                "this machine's clock and {}'s are {off} s apart, with which no token and no lease \
                 means what it says: set the clock",
                self.connection
                    .endpoint
                    .base()
                    .host_str()
                    .unwrap_or("the service")
            )));
        }
        let found = resolve(&status, &self.selection, now).map_err(InspectError::Refused)?;
        let mut reasons = explain(&status, &self.selection, &found, now);
        if off.abs() > SKEW_SECONDS_WARN {
            let warning = format!("this machine's clock is {off} s off: set it");
            reasons.others.push(warning);
        }
        Ok((found, reasons))
    }

    /// Follows the lease to its two revisions. They are asked for by name: the list of an app with
    /// hundreds of revisions may take longer than its service allows.
    pub(super) async fn take_up(&self, intent: &Intent) -> Result<Inspection, InspectError> {
        let unreadable = |error: ArmError| InspectError::Unreadable(error.to_string());
        let document = self.read().await.map_err(unreadable)?;
        let lease = tags::decode(document.tags.as_ref().unwrap_or(&Tags::new()))
            .map_err(|error| InspectError::Refused(damaged(&self.id, &error)))?
            .ok_or(InspectError::NoLease)?;
        let ingress = document.properties.configuration.ingress.as_ref();
        let now = ingress
            .map(wire::Ingress::shares)
            .transpose()
            .map_err(InspectError::Unreadable)?
            .unwrap_or_default();
        let (stable, canary) = tokio::join!(
            self.look_up(&lease.stable, intent),
            self.look_up(&lease.canary, intent)
        );
        let pair = Pair { stable, canary };
        leased(&self.id, &lease, now, &pair, intent).map_err(InspectError::Refused)
    }

    async fn look_up(&self, name: &str, intent: &Intent) -> Found {
        let subject = Subject::Revision(name.to_owned());
        let call = self
            .connection
            .call(&self.id, &["revisions", name], subject);
        let read = self.connection.read::<wire::Revision>(&call);
        // Giving traffic back does not hang on what these reads say, so it does not wait for them.
        let read = match intent {
            Intent::Resume => read.await,
            _ => match tokio::time::timeout(LOOK_UP, read).await {
                Ok(read) => read,
                Err(_) => return Found::Unknown("no answer in time".to_owned()),
            },
        };
        match read {
            Ok(revision) => Found::Here(Box::new(RevisionStatus::new(
                revision,
                &self.connection.endpoint,
            ))),
            Err(error) if error.status() == Some(404) => Found::Gone,
            Err(error) => Found::Unknown(error.to_string()),
        }
    }
}
