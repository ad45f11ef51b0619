//! Tokens that the embedding program mints for requests to one origin. The guest never sees one: it is added where the
//! request leaves, below the recorder, and is a secret of the run before it is sent.
//!
//! Where a token may be sent is decided by who grants it.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use crate::outside::exchange::{ExchangeError, HttpRequest};
use crate::outside::secrets::{KnownSecrets, Secret};

/// Methods that change nothing.
const READS: [&str; 2] = ["GET", "HEAD"];

/// The future of a token, or of a sentence why there is none.
pub type TokenFuture<'a> = Pin<Box<dyn Future<Output = Result<String, String>> + Send + 'a>>;

/// Mints tokens by scope.
pub trait TokenSource: Send + Sync {
    /// Returns a token that works now, or a sentence why there is none, which quotes no secret. Asked before each request that
    /// takes one, so it caches. Must end by itself: the time counts towards the gate's budget.
    fn token<'a>(&'a self, scope: &'a str) -> TokenFuture<'a>;
}

/// A token that requests to an origin carry.
#[derive(Clone)]
pub struct TokenGrant {
    /// What the token is for, as its source knows it.
    pub scope: String,
    /// Whether requests that may change something are refused.
    pub reads_only: bool,
    /// Where the token is from.
    pub source: Arc<dyn TokenSource>,
}

impl fmt::Debug for TokenGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenGrant({})", self.scope)
    }
}

impl PartialEq for TokenGrant {
    fn eq(&self, other: &TokenGrant) -> bool {
        self.scope == other.scope
            && self.reads_only == other.reads_only
            && Arc::ptr_eq(&self.source, &other.source)
    }
}

impl Eq for TokenGrant {}

impl TokenGrant {
    /// Returns the value of the header field for a request. Adds the token to the secrets first.
    ///
    /// # Errors
    /// [`ExchangeError::Denied`] for a request that the token must not go with; [`ExchangeError::ThisMachine`] where there is
    /// no token, which says nothing about the other side.
    pub(super) async fn value_for(
        &self,
        request: &HttpRequest,
        secrets: &KnownSecrets,
    ) -> Result<String, ExchangeError> {
        if self.reads_only && !READS.contains(&request.method.as_str()) {
            return Err(ExchangeError::Denied(format!(
                "the token for {} only goes with GET and HEAD, not with {}",
                self.scope, request.method
            )));
        }
        let none =
            |why: String| ExchangeError::ThisMachine(format!("no token for {}: {why}", self.scope));
        let token = self.source.token(&self.scope).await.map_err(none)?;
        let value = format!("Bearer {token}");
        if reqwest::header::HeaderValue::from_str(&value).is_err() {
            return Err(none(
                "what was minted cannot be sent in a header field".to_owned(),
            ));
        }
        let secret = Secret::new(&format!("token for {}", self.scope), &token);
        let known = secret.and_then(|secret| secrets.add(&secret));
        known.map_err(|error| none(error.to_string()))?;
        Ok(value)
    }
}

#[cfg(test)]
mod tests;
