//! The cache of tokens: when a token is fetched again.
//!
//! A token that still works is never dropped because a new one cannot be fetched. A rollback never waits for a
//! new token while an old one works.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::error::CredentialError;
use super::kind::Credential;
use super::scope::TokenScope;
use super::token::Token;
use crate::time::unix_now;

/// A token with less time left than this counts as expired, because the request still has to reach the service.
const MARGIN_SECONDS: u64 = 30;

/// What a token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenUse {
    /// A read or a write forward. A token past half of its life is renewed first where possible.
    Ordinary,
    /// A rollback. The cached token that lives longest is used at once.
    Rollback,
}

/// The tokens of one credential for one scope.
#[derive(Debug)]
pub(crate) struct TokenCache {
    credential: Credential,
    scope: TokenScope,
    http: reqwest::Client,
    cached: Mutex<CachedTokens>,
    /// Held while a token is fetched, so that concurrent requests fetch one token. Reading the cache does not
    /// take it.
    pub(super) fetching: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
pub(super) struct CachedTokens {
    pub(super) latest: Option<Token>,
    /// The token before it, which may still work when the latest is refused.
    pub(super) previous: Option<Token>,
}

impl TokenCache {
    pub(crate) fn new(
        credential: Credential,
        scope: TokenScope,
        http: reqwest::Client,
    ) -> TokenCache {
        TokenCache {
            credential,
            scope,
            http,
            cached: Mutex::default(),
            fetching: tokio::sync::Mutex::new(()),
        }
    }

    /// Returns the token to send; `None` when requests carry no token.
    pub(crate) async fn current(
        &self,
        purpose: TokenUse,
    ) -> Result<Option<Token>, CredentialError> {
        let now = unix_now();
        let working = match purpose {
            TokenUse::Ordinary => self.latest(now),
            TokenUse::Rollback => self.longest(now),
        };
        match working {
            Some(token) if purpose == TokenUse::Rollback || !token.is_past_half(now) => {
                Ok(Some(token))
            }
            Some(token) => match self.fetching.try_lock() {
                // Another request is fetching already, and this token still works.
                Err(_) => Ok(Some(token)),
                Ok(_fetching) => Ok(self.fetch().await.unwrap_or(Some(token))),
            },
            None => {
                let _fetching = self.fetching.lock().await;
                match self.latest(unix_now()) {
                    Some(token) => Ok(Some(token)),
                    None => self.fetch().await,
                }
            }
        }
    }

    /// Returns the token that works now, without waiting, and whether it is time to renew it; `None` when none is cached.
    pub(super) fn at_hand(&self) -> Option<(Token, bool)> {
        let now = unix_now();
        let token = self.latest(now)?;
        let is_worn = token.is_past_half(now);
        Some((token, is_worn))
    }

    /// Returns a token other than the refused one; `None` when there is no other.
    pub(crate) async fn renewed(
        &self,
        refused: Option<&Token>,
    ) -> Result<Option<Token>, CredentialError> {
        let is_other = |token: &Token| Some(token) != refused;
        let _fetching = self.fetching.lock().await;
        // Another request may have fetched one while this one waited.
        if let Some(latest) = self.latest(unix_now()).filter(is_other) {
            return Ok(Some(latest));
        }
        let fetched = self.fetch().await;
        if let Ok(Some(token)) = &fetched
            && is_other(token)
        {
            return fetched;
        }
        let now = unix_now();
        let previous = self.cached().previous.clone();
        match previous.filter(|t| is_other(t) && t.seconds_left(now) > MARGIN_SECONDS) {
            Some(previous) => Ok(Some(previous)),
            None => fetched.map(|_| None),
        }
    }

    /// Returns how long the token lives, after an attempt to fetch a new one when that is less than `needed`;
    /// `None` when it is not known or requests carry no token.
    pub(crate) async fn lasts(
        &self,
        needed: Duration,
    ) -> Result<Option<Duration>, CredentialError> {
        let life = |token: Option<Token>| {
            let token = token.filter(|token| token.expires.is_some())?;
            Some(Duration::from_secs(token.seconds_left(unix_now())))
        };
        let left = life(self.current(TokenUse::Ordinary).await?);
        if left.is_none_or(|left| left >= needed) || !self.credential.can_renew() {
            return Ok(left);
        }
        let _fetching = self.fetching.lock().await;
        match self.fetch().await {
            Ok(token) => Ok(life(token)),
            // The cached token is unchanged.
            Err(_) => Ok(left),
        }
    }

    async fn fetch(&self) -> Result<Option<Token>, CredentialError> {
        let token = self.credential.fetch(&self.http, &self.scope).await?;
        if let Some(token) = &token {
            let mut cached = self.cached();
            if cached.latest.as_ref() != Some(token) {
                cached.previous = cached.latest.take();
            }
            cached.latest = Some(token.clone());
        }
        Ok(token)
    }

    fn latest(&self, now: u64) -> Option<Token> {
        let latest = self.cached().latest.clone();
        latest.filter(|token| token.seconds_left(now) > MARGIN_SECONDS)
    }

    fn longest(&self, now: u64) -> Option<Token> {
        let cached = self.cached();
        let all = [&cached.latest, &cached.previous].into_iter().flatten();
        all.max_by_key(|token| token.seconds_left(now))
            .filter(|token| token.seconds_left(now) > 0)
            .cloned()
    }

    pub(super) fn cached(&self) -> MutexGuard<'_, CachedTokens> {
        // The two tokens are valid at every step of a change, so a panic of another thread leaves the cache usable.
        self.cached.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
