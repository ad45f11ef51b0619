//! What the preflight reads: endpoint, clock, identity and permissions, and the app as a rollout would find it. Sends
//! nothing but reads and requests for a token, and never returns a token.

use std::time::Duration;

use jiff::SignedDuration;
use rollout::Inspection;
use rollout::ports::Platform as _;
use url::Url;

use super::app::App;
use super::values::{AppDescription, NewRevision, Obstacle, Permissions, RevisionChoice};

/// The credential in use and the life of its token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Identity {
    /// Which credential is used and what decided it.
    pub(crate) reason: String,
    /// Why each credential that comes before it is not used.
    pub(crate) skipped: Vec<String>,
    /// Whether a fresh token can be had when this one expires.
    pub(crate) can_renew: bool,
    pub(crate) token: TokenLife,
}

/// How long the token of an identity is valid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TokenLife {
    /// No token is sent, as for an emulator.
    NotNeeded,
    /// In seconds since 1970.
    ExpiresAt(u64),
    /// There is a token, which does not say when it expires.
    Unknown,
    /// No token could be had; with the reason.
    Missing(String),
}

/// An app as a rollout would find it.
pub(crate) struct Examined {
    pub(crate) description: AppDescription,
    /// Everything that keeps a rollout from beginning, in the order in which it looks.
    pub(crate) obstacles: Vec<Obstacle>,
    /// The revisions; `None` where something is in the way, or the canary is yet to be deployed.
    pub(crate) choice: Option<RevisionChoice>,
    /// The revision that carries all traffic, where one does.
    pub(crate) stable: Option<String>,
    /// What becomes of labels where the canary is yet to be deployed.
    pub(crate) labels: Vec<String>,
    /// The revision with the digest that was named, where it carries all traffic already.
    pub(crate) promoted: Option<String>,
}

impl App {
    /// Returns the base URL of the management API.
    pub(crate) fn endpoint(&self) -> &Url {
        self.azure.connection().endpoint().base()
    }

    /// Returns whether the management API is plain http on this machine, as an emulator's is.
    pub(crate) fn is_plain_loopback(&self) -> bool {
        self.azure.connection().endpoint().is_plain_loopback()
    }

    /// Sends a request that needs no token and returns the status of the response.
    ///
    /// # Errors
    /// When there is no connection, or no response in time.
    pub(crate) async fn reach(&self) -> anyhow::Result<u16> {
        Ok(self.azure.connection().reach().await?)
    }

    /// Returns how far the service's clock is ahead of this machine's, to about a second; `None` before the first
    /// response with a date.
    pub(crate) fn clock_ahead(&self) -> Option<SignedDuration> {
        self.azure.connection().skew()
    }

    /// Requests a token and returns how long it is valid.
    pub(crate) async fn identity(&self) -> Identity {
        let choice = &self.credential;
        let token = match self.azure.connection().authenticate().await {
            Err(error) => TokenLife::Missing(error.to_string()),
            Ok(Some(end)) => TokenLife::ExpiresAt(end),
            Ok(None) if choice.credential == azure::Credential::Anonymous => TokenLife::NotNeeded,
            Ok(None) => TokenLife::Unknown,
        };
        Identity {
            reason: choice.because.clone(),
            skipped: choice.passed_over.clone(),
            can_renew: choice.credential.can_renew(),
            token,
        }
    }

    /// Returns how long the token lives, after an attempt to get a new one when that is less than `needed`; `None` when
    /// it is not known, no token is sent, or none could be had.
    pub(crate) async fn token_lasts(&self, needed: Duration) -> Option<Duration> {
        let lasts = self.azure.connection().token_lasts(needed).await;
        lasts.ok().flatten()
    }

    /// Reads the app and all of its revisions once, and the replicas of the canary, and says what they mean for a rollout.
    /// `deploys` is the revision
    /// that the rollout deploys first, if it does.
    ///
    /// # Errors
    /// When a read fails after its retries.
    pub(crate) async fn examine(&self, deploys: Option<&NewRevision>) -> anyhow::Result<Examined> {
        let status = self.azure.describe().await?;
        let mut examination = azure::examine(&status, &self.selection, deploys);
        if let Some((inspection, _)) = &examination.choice
            && let Some(canary) = status.revision(&inspection.canary.name)
            && let Some(reason) = self.azure.failure(canary).await
        {
            examination.refuse_canary(&status.app, &reason);
        }
        let read_at = self.azure.unix_seconds();
        let choice = examination.choice.map(|(inspection, reasons)| {
            let inspection = Inspection {
                read_at,
                ..inspection
            };
            (inspection, reasons)
        });
        Ok(Examined {
            description: AppDescription::new(status, read_at),
            obstacles: examination.obstacles,
            choice: choice.map(|(inspection, reasons)| RevisionChoice {
                inspection,
                reasons,
            }),
            stable: examination.stable,
            labels: examination.labels,
            promoted: examination.promoted,
        })
    }

    /// Reads what the identity may do with the app.
    ///
    /// # Errors
    /// When the list cannot be read: then the permissions are unknown.
    pub(crate) async fn permissions(&self) -> anyhow::Result<Permissions> {
        Ok(self.azure.permissions().await?)
    }
}
