//! Tokens of lockgate's own credential for services beside the management API. Each scope has a cache of its own.
//!
//! Where they may be sent is in `services`. No rollback needs one of them (I-8).

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use super::cache::{TokenCache, TokenUse};
use super::error::CredentialError;
use super::kind::Credential;
use super::scope::TokenScope;
use super::token::Token;
use crate::arm::{ConnectionError, RetryPolicy, http_client};
use crate::endpoint::Endpoint;

/// The tokens of one credential, by scope.
#[derive(Debug)]
pub struct ScopedTokens {
    credential: Credential,
    http: reqwest::Client,
    caches: Mutex<BTreeMap<TokenScope, Arc<TokenCache>>>,
}

/// A token for a service. Its `Debug` hides it.
#[derive(Clone, PartialEq)]
pub struct AccessToken(Token);

impl AccessToken {
    /// Returns the token, to be sent to its service and never to be shown.
    pub fn secret(&self) -> &str {
        self.0.secret()
    }

    /// Returns when it expires, in seconds since 1970; `None` when that is not known.
    pub fn expires(&self) -> Option<u64> {
        self.0.expires()
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessToken(hidden)")
    }
}

impl ScopedTokens {
    /// Prepares the tokens of a credential. Sends nothing. `endpoint` is the management API, which decides about the proxy.
    ///
    /// # Errors
    /// [`ConnectionError::Tls`] when the machine has no usable root certificates.
    pub fn new(
        endpoint: &Endpoint,
        credential: Credential,
    ) -> Result<ScopedTokens, ConnectionError> {
        Ok(ScopedTokens {
            credential,
            http: http_client::new(endpoint, &RetryPolicy::default())?,
            caches: Mutex::default(),
        })
    }

    /// Checks, without a request, that the credential can get tokens for a scope at all.
    ///
    /// # Errors
    /// [`CredentialError::OneScope`] where it is a token for the management API alone, or none.
    pub fn check(&self, scope: &TokenScope) -> Result<(), CredentialError> {
        let source_of_tokens = match &self.credential {
            Credential::Variable { name } => {
                format!("the token in {name} is for the management API alone")
            }
            Credential::Anonymous => "no credential is used here".to_owned(),
            _ => return Ok(()),
        };
        Err(CredentialError::OneScope {
            scope: scope.to_string(),
            source_of_tokens,
        })
    }

    /// Returns a token that works now. One past half of its life is renewed beside the caller, who does not wait for that as
    /// long as the old one works.
    ///
    /// # Errors
    /// When no token can be fetched; the error ends with the next step.
    pub async fn token(&self, scope: &TokenScope) -> Result<AccessToken, CredentialError> {
        self.check(scope)?;
        let cache = self.cache(scope);
        if let Some((token, is_worn)) = cache.at_hand() {
            if is_worn {
                // A failure leaves the old token, and the next request tries again.
                tokio::spawn(async move { cache.current(TokenUse::Ordinary).await });
            }
            return Ok(AccessToken(token));
        }
        let token = cache.current(TokenUse::Ordinary).await?;
        // A credential without a token was refused above.
        token
            .map(AccessToken)
            .ok_or_else(|| CredentialError::OneScope {
                scope: scope.to_string(),
                source_of_tokens: "the credential has none".to_owned(),
            })
    }

    fn cache(&self, scope: &TokenScope) -> Arc<TokenCache> {
        // A map is whole at every step of a change, so a panic of another thread leaves it usable.
        let mut caches = self.caches.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || TokenCache::new(self.credential.clone(), scope.clone(), self.http.clone());
        let cache = caches
            .entry(scope.clone())
            .or_insert_with(|| Arc::new(new()));
        Arc::clone(cache)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::unix_now;

    fn tokens(credential: Credential) -> ScopedTokens {
        ScopedTokens::new(&Endpoint::default(), credential).unwrap()
    }

    #[cfg(unix)]
    fn az() -> Credential {
        Credential::AzCli {
            program: concat!(env!("CARGO_MANIFEST_DIR"), "/src/credential/az.sh").to_owned(),
        }
    }

    #[tokio::test]
    async fn credential_that_is_one_token_has_none_for_another_service() {
        let scope = TokenScope::of_host("api.loganalytics.io");
        for (credential, says) in [
            (
                Credential::variable(),
                "LOCKGATE_ARM_TOKEN is for the management API alone",
            ),
            (Credential::Anonymous, "no credential is used here"),
        ] {
            let tokens = tokens(credential);
            let error = tokens.check(&scope).unwrap_err();
            assert_eq!(tokens.token(&scope).await.unwrap_err(), error);
            let error = error.to_string();
            assert!(
                error.starts_with("there is no token for https://api.loganalytics.io"),
                "{error}"
            );
            assert!(
                error.contains(says) && error.contains("azure.credential"),
                "{error}"
            );
        }
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn each_scope_has_its_own_token_which_is_fetched_once() {
        let tokens = tokens(az());
        let scopes = ["lasting", "management.azure.com"].map(TokenScope::of_host);
        let first = tokens.token(&scopes[0]).await.unwrap();
        assert_ne!(first, tokens.token(&scopes[1]).await.unwrap());
        assert_eq!(first, tokens.token(&scopes[0]).await.unwrap());
        assert_eq!(format!("{first:?}"), "AccessToken(hidden)");
        assert!(first.expires().unwrap() > unix_now());
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn one_token_is_fetched_for_all_who_wait() {
        let tokens = tokens(az());
        let scope = TokenScope::of_host("lasting");
        let (first, second) = tokio::join!(tokens.token(&scope), tokens.token(&scope));
        assert_eq!(first.unwrap(), second.unwrap());
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn token_that_has_expired_is_fetched_again() {
        let tokens = tokens(az());
        let scope = TokenScope::of_host("ending");
        let first = tokens.token(&scope).await.unwrap();
        assert_ne!(first, tokens.token(&scope).await.unwrap());
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn worn_token_is_used_while_the_next_one_is_fetched() {
        let tokens = tokens(az());
        let scope = TokenScope::of_host("lasting");
        let cache = tokens.cache(&scope);
        let mut worn = Token::new("worn".to_owned(), Some(unix_now() + 600));
        worn.fetched = unix_now() - 6_000;
        cache.cached().latest = Some(worn);
        assert_eq!(tokens.token(&scope).await.unwrap().secret(), "worn");
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
        while tokens.token(&scope).await.unwrap().secret() == "worn" {
            assert!(std::time::Instant::now() < deadline, "it is renewed");
            tokio::task::yield_now().await;
        }
    }
}
