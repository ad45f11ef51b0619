//! What the doctor reads of the connection to Azure: endpoint, clock, identity and permissions. Sends nothing but reads
//! and requests for a token, and never returns a token.

use jiff::SignedDuration;
use url::Url;

use super::app::App;
use super::values::Permissions;

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

    /// Reads what the identity may do with the app.
    ///
    /// # Errors
    /// When the list cannot be read: then the permissions are unknown.
    pub(crate) async fn permissions(&self) -> anyhow::Result<Permissions> {
        Ok(self.azure.permissions().await?)
    }
}
