//! Assertions of GitHub Actions. Each lives for five minutes and a job for hours, so a fresh one is
//! asked for each token.
//!
//! `azure_identity` has no credential for it. Protocol:
//! <https://docs.github.com/actions/reference/security/oidc>.

use std::time::Duration;

use azure_core::error::{Error, ErrorKind};
use azure_core::http::ClientMethodOptions;
use azure_identity::ClientAssertion;
use serde::Deserialize;
use url::Url;

use super::{CredentialError, needed};

const NAME: &str = "github-oidc";
const AUDIENCE: &str = "api://AzureADTokenExchange";
const CURE: &str = "give the job `permissions: id-token: write`";
const TIMEOUT: Duration = Duration::from_secs(10);

/// Asks the runner's service for an assertion.
#[derive(Clone)]
pub(super) struct Github {
    http: reqwest::Client,
    url: Url,
    bearer: String,
}

impl std::fmt::Debug for Github {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Github")
    }
}

#[derive(Deserialize)]
struct Answer {
    value: String,
}

impl Github {
    pub(super) fn new(http: &reqwest::Client) -> Result<Github, CredentialError> {
        let text = needed(NAME, "ACTIONS_ID_TOKEN_REQUEST_URL", CURE)?;
        let bearer = needed(NAME, "ACTIONS_ID_TOKEN_REQUEST_TOKEN", CURE)?;
        // The token of the request must not travel in the clear.
        let url = Url::parse(&text)
            .ok()
            .filter(|url| url.scheme() == "https" || crate::endpoint::is_loopback(url));
        let mut url = url.ok_or(CredentialError::Incomplete {
            credential: NAME,
            variable: "ACTIONS_ID_TOKEN_REQUEST_URL",
            cure: "it is not an https URL; GitHub's runner sets it",
        })?;
        url.query_pairs_mut().append_pair("audience", AUDIENCE);
        Ok(Github {
            http: http.clone(),
            url,
            bearer,
        })
    }
}

#[async_trait::async_trait]
impl ClientAssertion for Github {
    async fn secret(&self, _: Option<ClientMethodOptions<'_>>) -> azure_core::Result<String> {
        let failed = |error: reqwest::Error| {
            let kind = match error.is_connect() || error.is_timeout() {
                true => ErrorKind::Connection,
                false => ErrorKind::Credential,
            };
            Error::with_error(kind, error.without_url(), "GitHub gave no assertion")
        };
        let request = self
            .http
            .get(self.url.clone())
            .bearer_auth(&self.bearer)
            .timeout(TIMEOUT);
        let response = request.send().await.map_err(failed)?;
        let response = response.error_for_status().map_err(failed)?;
        let answer: Answer = response.json().await.map_err(failed)?;
        Ok(answer.value)
    }
}
