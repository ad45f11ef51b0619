//! Assertions (ID tokens) of GitHub Actions, for which `azure_identity` has no credential.
//!
//! An assertion lives for five minutes and a job may run for hours, so each token takes a new assertion.
//! Protocol: <https://docs.github.com/actions/reference/security/oidc>.

use std::time::Duration;

use azure_core::error::{Error, ErrorKind};
use azure_core::http::ClientMethodOptions;
use azure_identity::ClientAssertion;
use serde::Deserialize;
use url::Url;

use super::error::CredentialError;
use super::variables::needed;

const NAME: &str = "github-oidc";
const AUDIENCE: &str = "api://AzureADTokenExchange";
const CURE: &str = "give the job `permissions: id-token: write`";
/// For one request, to the last byte.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Fetches assertions from the runner's service.
#[derive(Clone)]
pub(super) struct GithubOidc {
    http: reqwest::Client,
    url: Url,
    bearer: String,
}

impl std::fmt::Debug for GithubOidc {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("GithubOidc")
    }
}

#[derive(Deserialize)]
struct IdTokenResponse {
    value: String,
}

impl GithubOidc {
    pub(super) fn new(http: &reqwest::Client) -> Result<GithubOidc, CredentialError> {
        let text = needed(NAME, "ACTIONS_ID_TOKEN_REQUEST_URL", CURE)?;
        let bearer = needed(NAME, "ACTIONS_ID_TOKEN_REQUEST_TOKEN", CURE)?;
        // The request carries a token, which must not be sent in clear text.
        let url = Url::parse(&text)
            .ok()
            .filter(|url| url.scheme() == "https" || crate::endpoint::is_loopback(url));
        let mut url = url.ok_or(CredentialError::Incomplete {
            credential: NAME,
            variable: "ACTIONS_ID_TOKEN_REQUEST_URL",
            cure: "it is not an https URL; GitHub's runner sets it",
        })?;
        url.query_pairs_mut().append_pair("audience", AUDIENCE);
        Ok(GithubOidc {
            http: http.clone(),
            url,
            bearer,
        })
    }
}

#[async_trait::async_trait]
impl ClientAssertion for GithubOidc {
    async fn secret(&self, _: Option<ClientMethodOptions<'_>>) -> azure_core::Result<String> {
        let failed = |error: reqwest::Error| {
            let kind = if error.is_connect() || error.is_timeout() {
                ErrorKind::Connection
            } else {
                ErrorKind::Credential
            };
            Error::with_error(kind, error.without_url(), "GitHub returned no assertion")
        };
        let request = self
            .http
            .get(self.url.clone())
            .bearer_auth(&self.bearer)
            .timeout(TIMEOUT);
        let response = request.send().await.map_err(failed)?;
        let response = response.error_for_status().map_err(failed)?;
        let body: IdTokenResponse = response.json().await.map_err(failed)?;
        Ok(body.value)
    }
}
