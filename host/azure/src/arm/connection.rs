//! The connection to the management API: the endpoint, the identity and the HTTP clients that all requests share.
//!
//! Sends nothing by itself. `send` makes one attempt of a request; `read` and `write` decide what is repeated.

use std::sync::atomic::AtomicBool;
use std::time::Duration;

use jiff::SignedDuration;

use super::call::{Call, Lane};
use super::http_client::{self, ConnectionError};
use super::retry_policy::RetryPolicy;
use super::skew::Skew;
use super::subject::Subject;
use crate::credential::{Credential, CredentialError, TokenCache, TokenUse, management_scope};
use crate::endpoint::{AppId, Endpoint};
use crate::time::unix_now;

/// The connection to the management API, with the identity that is used there.
#[derive(Debug)]
pub struct Connection {
    pub(crate) endpoint: Endpoint,
    pub(crate) retry_policy: RetryPolicy,
    pub(super) tokens: TokenCache,
    pub(super) http: reqwest::Client,
    /// The client of [`Lane::Rollback`], with connections of its own.
    pub(super) rollback_http: reqwest::Client,
    pub(super) skew: Skew,
    /// True when the next write of a rollback takes the other connection: the last one was not answered well, and another
    /// connection may reach another instance of the service, one that answers.
    pub(super) other_lane: AtomicBool,
}

impl Connection {
    /// Prepares a connection. Sends nothing and fetches no token.
    ///
    /// # Errors
    /// [`ConnectionError::Tls`] when the machine has no usable root certificates.
    pub fn new(
        endpoint: Endpoint,
        credential: Credential,
        retry_policy: RetryPolicy,
    ) -> Result<Connection, ConnectionError> {
        let client = || http_client::new(&endpoint, &retry_policy);
        let (identity_http, http, rollback_http) = (client()?, client()?, client()?);
        let scope = management_scope(&endpoint);
        Ok(Connection {
            endpoint,
            retry_policy,
            tokens: TokenCache::new(credential, scope, identity_http),
            http,
            rollback_http,
            skew: Skew::default(),
            other_lane: AtomicBool::new(false),
        })
    }

    /// Returns where the management API is.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Returns how far the service's clock is ahead of this machine's, negative when it is behind; `None` before
    /// the first answer with a date. Accurate to about a second.
    pub fn skew(&self) -> Option<SignedDuration> {
        self.skew.latest()
    }

    /// Returns the seconds since 1970 on the service's clock, as its answers have shown it; this machine's before the
    /// first answer with a date.
    pub(crate) fn unix_seconds(&self) -> u64 {
        let ahead = self.skew().map_or(0, |skew| skew.as_secs());
        unix_now().saturating_add_signed(ahead)
    }

    /// Fetches a token, and returns when it expires in seconds since 1970; `None` when requests carry no token or
    /// its expiry is not known. Sends nothing to the management API.
    ///
    /// # Errors
    /// When no token can be fetched; the error ends with the next step.
    pub async fn authenticate(&self) -> Result<Option<u64>, CredentialError> {
        let token = self.tokens.current(TokenUse::Ordinary).await?;
        Ok(token.and_then(|token| token.expires()))
    }

    /// Returns how long the token lives, after an attempt to fetch a new one when that is less than `needed`;
    /// `None` when that is not known or requests carry no token. Sends nothing to the management API.
    ///
    /// # Errors
    /// When no token can be fetched; the error ends with the next step.
    pub async fn token_lasts(&self, needed: Duration) -> Result<Option<Duration>, CredentialError> {
        self.tokens.lasts(needed).await
    }

    /// Returns a request about an app, or about something below it such as `["revisions"]`.
    pub(crate) fn call(&self, app: &AppId, below: &[&str], subject: Subject) -> Call {
        let url = self.endpoint.app_url(app, below);
        Call {
            shown_path: url.path().to_owned(),
            url,
            app: app.clone(),
            subject,
            lane: Lane::Ordinary,
            attempt: 1,
        }
    }
}
