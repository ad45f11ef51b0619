//! One app on Azure Container Apps: what a run (`Platform`) and the commands (`Administration`, `Deployment`) ask is
//! handed on to the `azure` crate, and its values are returned in the executable's terms. Decides nothing.

use std::sync::Arc;

use rollout::ports::{Change, InspectError, Observation, Platform, Readiness, WriteOutcome};
use rollout::{Inspection, Intent};

use super::administration::{Administration, Deployment};
use super::values::{
    AppDescription, DeployError, Deployed, ImageChoice, NewRevision, Pinned, Retired,
};

/// An app with its connection, as `connect` prepares it.
pub(crate) struct App {
    /// Shared with the counts of its requests.
    pub(super) azure: Arc<azure::App>,
    /// The credential of the connection, with the reasons for it.
    pub(super) credential: azure::Choice,
    /// Which revisions were named.
    pub(super) selection: azure::Selection,
}

impl App {
    /// Keeps a token and a connection ready for a rollback. Never returns: race it against the run.
    pub(crate) async fn stay_ready(&self) {
        self.azure.stay_ready().await;
    }

    /// Returns the same app over the same connection, with this revision as the canary.
    pub(crate) fn with_canary(self, revision: String) -> App {
        let selection = azure::Selection {
            stable: self.selection.stable,
            canary: Some(azure::CanaryChoice::Revision(revision)),
            again: self.selection.again,
            labels: self.selection.labels,
        };
        App {
            azure: Arc::new(self.azure.choosing(selection.clone())),
            credential: self.credential,
            selection,
        }
    }
}

impl Platform for App {
    async fn inspect(&self, intent: &Intent) -> Result<Inspection, InspectError> {
        self.azure.inspect(intent).await
    }

    async fn readiness(&self, revision: &str) -> Readiness {
        self.azure.readiness(revision).await
    }

    async fn observe(&self, stable: Option<&str>) -> Result<Observation, String> {
        self.azure.observe(stable).await
    }

    async fn write(&self, change: Change<'_>) -> WriteOutcome {
        self.azure.write(change).await
    }

    async fn activate(&self, revision: &str) -> Result<(), String> {
        self.azure.activate(revision).await
    }

    fn unix_seconds(&self) -> u64 {
        self.azure.unix_seconds()
    }
}

impl Administration for App {
    async fn describe(&self) -> anyhow::Result<AppDescription> {
        let status = self.azure.describe().await?;
        Ok(AppDescription::new(status, self.azure.unix_seconds()))
    }

    async fn pin(&self) -> Result<Pinned, DeployError> {
        self.azure.pin().await
    }

    async fn forget(&self) -> Result<(), DeployError> {
        self.azure.forget().await
    }

    async fn retire(&self, revision: &str) -> anyhow::Result<Retired> {
        Ok(self.azure.retire(revision).await?)
    }
}

impl Deployment for App {
    async fn is_deployed(&self, image: &ImageChoice) -> anyhow::Result<bool> {
        Ok(self.azure.is_deployed(image).await?)
    }

    async fn unused_suffix(&self, revision: &NewRevision) -> anyhow::Result<String> {
        Ok(self.azure.unused_suffix(revision).await?)
    }

    async fn check_deployable(
        &self,
        revision: &NewRevision,
    ) -> Result<Option<String>, DeployError> {
        self.azure.check_deployable(revision).await
    }

    async fn deploy(&self, revision: &NewRevision) -> Result<Deployed, DeployError> {
        self.azure.deploy(revision).await
    }
}
