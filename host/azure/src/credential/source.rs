//! Keeping tokens. One that still works is never thrown away because a fresh one cannot be had, and
//! a rollback never waits for a fresh one while one works.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::{Credential, CredentialError, Token, unix_now};

/// A token with less life than this counts as run out: it has to reach the service in time.
const MARGIN_SECONDS: u64 = 30;

/// What a token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// A read or a shift: a token past half of its life is replaced first, if that is possible.
    Ordinary,
    /// A rollback: whatever works longest, at once.
    Rollback,
}

/// The tokens of one credential.
#[derive(Debug)]
pub(crate) struct TokenSource {
    credential: Credential,
    http: reqwest::Client,
    kept: Mutex<Kept>,
    /// Held while a token is fetched, so that it is fetched once; never while one is only used.
    pub(super) fetching: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
pub(super) struct Kept {
    pub(super) latest: Option<Token>,
    /// The one before, which may still work when the latest is refused.
    pub(super) before: Option<Token>,
}

impl TokenSource {
    pub(crate) fn new(credential: Credential, http: reqwest::Client) -> TokenSource {
        TokenSource {
            credential,
            http,
            kept: Mutex::default(),
            fetching: tokio::sync::Mutex::new(()),
        }
    }

    /// Returns a token to send, or `None` when none is to be sent.
    pub(crate) async fn current(&self, what_for: Use) -> Result<Option<Token>, CredentialError> {
        let now = unix_now();
        let working = match what_for {
            Use::Ordinary => self.latest(now),
            Use::Rollback => self.longest(now),
        };
        match working {
            Some(token) if what_for == Use::Rollback || !token.is_past_half(now) => Ok(Some(token)),
            // Somebody else is fetching already, and this one works.
            Some(token) => match self.fetching.try_lock() {
                Err(_) => Ok(Some(token)),
                Ok(_alone) => Ok(self.fetch().await.unwrap_or(Some(token))),
            },
            None => {
                let _alone = self.fetching.lock().await;
                match self.latest(unix_now()) {
                    Some(token) => Ok(Some(token)),
                    None => self.fetch().await,
                }
            }
        }
    }

    /// Returns another token than the one that was refused, or `None` when there is no other.
    pub(crate) async fn renewed(
        &self,
        refused: Option<&Token>,
    ) -> Result<Option<Token>, CredentialError> {
        let another = |token: &Token| Some(token) != refused;
        let _alone = self.fetching.lock().await;
        // While it was waited for, or from before.
        if let Some(latest) = self.latest(unix_now()).filter(another) {
            return Ok(Some(latest));
        }
        let fetched = self.fetch().await;
        if let Ok(Some(token)) = &fetched
            && another(token)
        {
            return fetched;
        }
        let now = unix_now();
        let before = self.kept().before.clone();
        match before.filter(|t| another(t) && t.seconds_left(now) > MARGIN_SECONDS) {
            Some(before) => Ok(Some(before)),
            None => fetched.map(|_| None),
        }
    }

    /// Returns how long the token lives, after an attempt to get a fresh one when that is less than
    /// what is needed; `None` when that is not known or no token is sent.
    pub(crate) async fn lasts(
        &self,
        needed: Duration,
    ) -> Result<Option<Duration>, CredentialError> {
        let life = |token: Option<Token>| {
            let token = token.filter(|token| token.expires.is_some())?;
            Some(Duration::from_secs(token.seconds_left(unix_now())))
        };
        let left = life(self.current(Use::Ordinary).await?);
        if left.is_none_or(|left| left >= needed) || !self.credential.can_renew() {
            return Ok(left);
        }
        let _alone = self.fetching.lock().await;
        match self.fetch().await {
            Ok(token) => Ok(life(token)),
            // What there is still is what there is.
            Err(_) => Ok(left),
        }
    }

    async fn fetch(&self) -> Result<Option<Token>, CredentialError> {
        let token = self.credential.fetch(&self.http).await?;
        if let Some(token) = &token {
            let mut kept = self.kept();
            if kept.latest.as_ref() != Some(token) {
                kept.before = kept.latest.take();
            }
            kept.latest = Some(token.clone());
        }
        Ok(token)
    }

    fn latest(&self, now: u64) -> Option<Token> {
        let latest = self.kept().latest.clone();
        latest.filter(|token| token.seconds_left(now) > MARGIN_SECONDS)
    }

    fn longest(&self, now: u64) -> Option<Token> {
        let kept = self.kept();
        let all = [&kept.latest, &kept.before].into_iter().flatten();
        all.max_by_key(|token| token.seconds_left(now))
            .filter(|token| token.seconds_left(now) > 0)
            .cloned()
    }

    pub(super) fn kept(&self) -> MutexGuard<'_, Kept> {
        // Each change is complete when it is visible, so a panic elsewhere leaves nothing half done.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
