//! A registry of Azure (`*.azurecr.io`): lockgate's own token is exchanged for a refresh token of the registry, with which
//! its server of tokens is asked. Pulls and pushes nothing.
//!
//! `POST https://REGISTRY/oauth2/exchange`, as <https://azure.github.io/acr/AAD-OAuth.html> describes it.

use std::fmt;

use serde::Deserialize;

use crate::arm::{ConnectionError, RetryPolicy, http_client};
use crate::credential::{Credential, CredentialError, TokenCache, TokenUse, management_scope};
use crate::endpoint::{Endpoint, EndpointError};

/// The domains of registries, in the public and in the national clouds.
const DOMAINS: [&str; 3] = [".azurecr.io", ".azurecr.cn", ".azurecr.us"];
/// Longer than any answer with a token.
const BODY_BYTES_MAX: usize = 64 * 1024;

/// A refresh token of a registry. Its `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct RegistryToken(String);

impl RegistryToken {
    /// Returns the token, to be sent to the registry and nowhere else.
    pub fn into_secret(self) -> String {
        self.0
    }
}

impl fmt::Debug for RegistryToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RegistryToken(hidden)")
    }
}

/// Why there is no token for a registry. No message quotes a secret.
#[derive(Debug, thiserror::Error)]
pub enum RegistryTokenError {
    /// lockgate has no token of its own.
    #[error("{0}")]
    Credential(#[from] CredentialError),
    /// TLS cannot be set up.
    #[error("{0}")]
    Connection(#[from] ConnectionError),
    /// The registry's name is no host.
    #[error("{0}")]
    Name(#[from] EndpointError),
    /// The registry does not answer.
    #[error(
        "{registry} does not exchange lockgate's own token: {reason}; check the network and HTTPS_PROXY"
    )]
    Unreachable {
        /// Its host.
        registry: String,
        /// Whatever the HTTP client reports.
        reason: String,
    },
    /// The registry refuses.
    #[error(
        "{registry} answered {status} to lockgate's own token ({because}); give that identity the role AcrPull (to push \
         AcrPush), and let the registry accept tokens for ARM (`az acr config authentication-as-arm`)"
    )]
    Refused {
        /// Its host.
        registry: String,
        /// The status.
        status: u16,
        /// Which identity it is.
        because: String,
    },
    /// The answer has no token.
    #[error(
        "{registry} answered without a token when lockgate's own was exchanged; check that it is a registry of Azure"
    )]
    Answer {
        /// Its host.
        registry: String,
    },
}

/// Returns whether a registry is one of Azure's, by its name.
pub fn is_registry(host: &str) -> bool {
    DOMAINS.iter().any(|domain| {
        let name = host.strip_suffix(domain);
        name.is_some_and(|name| !name.is_empty())
    })
}

/// Exchanges the token of a credential for a refresh token of a registry; `None` for a credential that sends no token.
/// `because` says for people which identity it is.
///
/// # Errors
/// When there is no token, or the registry does not exchange it; the error ends with the next step.
pub async fn registry_token(
    credential: Credential,
    because: &str,
    registry: &str,
) -> Result<Option<RegistryToken>, RegistryTokenError> {
    let base = format!("https://{registry}");
    exchange(credential, because, registry, &Endpoint::new(&base)?).await
}

async fn exchange(
    credential: Credential,
    because: &str,
    registry: &str,
    base: &Endpoint,
) -> Result<Option<RegistryToken>, RegistryTokenError> {
    let policy = RetryPolicy::default();
    let identity = http_client::new(&Endpoint::default(), &policy)?;
    let scope = management_scope(&Endpoint::default());
    let tokens = TokenCache::new(credential, scope, identity);
    let Some(token) = tokens.current(TokenUse::Ordinary).await? else {
        return Ok(None);
    };
    let mut url = base.base().clone();
    url.set_path("/oauth2/exchange");
    let form = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("grant_type", "access_token")
        .append_pair("service", registry)
        .append_pair("access_token", token.secret())
        .finish();
    let unreachable = |error: reqwest::Error| RegistryTokenError::Unreachable {
        registry: registry.to_owned(),
        reason: error.without_url().to_string(),
    };
    let request = http_client::new(base, &policy)?
        .post(url)
        .timeout(policy.attempt_timeout)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form);
    let mut response = request.send().await.map_err(unreachable)?;
    let status = response.status().as_u16();
    if status != 200 {
        return Err(RegistryTokenError::Refused {
            registry: registry.to_owned(),
            status,
            because: because.to_owned(),
        });
    }
    let no_token = || RegistryTokenError::Answer {
        registry: registry.to_owned(),
    };
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
        if body.len() + chunk.len() > BODY_BYTES_MAX {
            return Err(no_token());
        }
        body.extend_from_slice(&chunk);
    }
    let answer: Answer = serde_json::from_slice(&body).map_err(|_| no_token())?;
    Ok(Some(RegistryToken(answer.refresh_token)))
}

#[derive(Deserialize)]
struct Answer {
    refresh_token: String,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::scripted::{ScriptedReply, ScriptedServer, reply};

    #[test]
    fn registry_of_azure_is_known_by_its_whole_name() {
        assert!(is_registry("team.azurecr.io") && is_registry("team-x.azurecr.cn"));
        for other in [
            "azurecr.io",
            ".azurecr.io",
            "team.azurecr.io.evil.example",
            "teamazurecr.io",
            "team.azurecr.io:444",
        ] {
            assert!(!is_registry(other), "{other}");
        }
    }

    /// Exchanges a token that every test process has, at a scripted registry.
    async fn exchanged(
        server: &ScriptedServer,
    ) -> Result<Option<RegistryToken>, RegistryTokenError> {
        let credential = Credential::Variable {
            name: "CARGO_PKG_NAME".to_owned(),
        };
        let connection = server.connection(Credential::Anonymous);
        exchange(
            credential,
            "a test",
            "team.azurecr.io",
            connection.endpoint(),
        )
        .await
    }

    #[tokio::test]
    async fn token_is_exchanged_at_the_registry() {
        let server =
            ScriptedServer::start(|_| reply(200, &json!({ "refresh_token": "of-the-registry" })))
                .await;
        let token = exchanged(&server).await.unwrap().unwrap();
        assert_eq!(format!("{token:?}"), "RegistryToken(hidden)");
        assert_eq!(token.into_secret(), "of-the-registry");
        assert!(server.requests()[0].is("POST", "/oauth2/exchange"));
        let anonymous = registry_token(Credential::Anonymous, "", "team.azurecr.io").await;
        assert_eq!(anonymous.unwrap(), None);
    }

    #[tokio::test]
    async fn refusal_names_the_registry_and_the_role() {
        let server = ScriptedServer::start(|_| reply(401, &json!({ "secret": "hunter2" }))).await;
        let error = exchanged(&server).await.unwrap_err().to_string();
        assert!(error.contains("team.azurecr.io answered 401"), "{error}");
        assert!(
            error.contains("AcrPull") && !error.contains("hunter2"),
            "{error}"
        );
        let server = ScriptedServer::start(|_| ScriptedReply::HangUp).await;
        let error = exchanged(&server).await.unwrap_err().to_string();
        assert!(error.contains("HTTPS_PROXY"), "{error}");
        let server = ScriptedServer::start(|_| reply(200, &json!({}))).await;
        let error = exchanged(&server).await.unwrap_err().to_string();
        assert!(error.contains("without a token"), "{error}");
    }
}
