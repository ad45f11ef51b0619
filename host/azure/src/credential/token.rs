//! A bearer token and when it expires.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use crate::time::unix_now;

/// The environment variable that holds a token unless the configuration names another.
pub const DEFAULT_TOKEN_VARIABLE: &str = "LOCKGATE_ARM_TOKEN";

/// A bearer token. Its `Debug` hides it.
#[derive(Clone)]
pub(crate) struct Token {
    pub(super) secret: String,
    /// Seconds since 1970; `None` when it is not known.
    pub(super) expires: Option<u64>,
    /// When this process fetched it, in seconds since 1970.
    pub(super) fetched: u64,
}

impl Token {
    /// Returns a token that was fetched just now.
    pub(super) fn new(secret: String, expires: Option<u64>) -> Token {
        Token {
            secret,
            expires,
            fetched: unix_now(),
        }
    }

    /// Returns the value of the `Authorization` header.
    pub(crate) fn bearer(&self) -> String {
        format!("Bearer {}", self.secret)
    }

    /// Returns the token itself, to be exchanged and never to be shown.
    pub(crate) fn secret(&self) -> &str {
        &self.secret
    }

    /// Returns when it expires, in seconds since 1970; `None` when that is not known.
    pub(crate) fn expires(&self) -> Option<u64> {
        self.expires
    }

    /// Returns the seconds until it expires; `u64::MAX` when that is not known.
    pub(super) fn seconds_left(&self, now: u64) -> u64 {
        self.expires.map_or(u64::MAX, |end| end.saturating_sub(now))
    }

    /// Returns whether less than half of its life is left, counted from when this process fetched it.
    pub(super) fn is_past_half(&self, now: u64) -> bool {
        let life = self.seconds_left(self.fetched);
        self.expires.is_some() && self.seconds_left(now) < life / 2
    }
}

impl PartialEq for Token {
    fn eq(&self, other: &Token) -> bool {
        self.secret == other.secret
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token(hidden, expires: {:?})", self.expires)
    }
}

/// Returns the `exp` claim of a token that is a JWT, in seconds since 1970. The signature is not checked: the
/// time only decides when to fetch the next token.
pub(super) fn expiry_of(secret: &str) -> Option<u64> {
    #[derive(Deserialize)]
    struct Claims {
        exp: u64,
    }
    let claims = secret.split('.').nth(1)?;
    let bytes = URL_SAFE_NO_PAD.decode(claims.trim_end_matches('=')).ok()?;
    let claims: Claims = serde_json::from_slice(&bytes).ok()?;
    Some(claims.exp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expiry_is_read_from_the_token_itself() {
        let claims = URL_SAFE_NO_PAD.encode(r#"{"exp":1795406400,"oid":"x"}"#);
        assert_eq!(expiry_of(&format!("e30.{claims}.sig")), Some(1_795_406_400));
        for opaque in ["", "abc", "a.b.c", "e30.e30.sig", "..."] {
            assert_eq!(expiry_of(opaque), None, "{opaque}");
        }
    }
}
