//! Tokens: JSON Web Tokens without a signature, as fresh as they are worthless elsewhere.
//! Two issuers: Entra, whose tokens ARM takes, and the CI systems, whose assertions Entra takes.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::scenario::IdentityScenario;
use crate::world::operation::random_uuid;

/// `aud` of an assertion that Entra takes.
pub(crate) const EXCHANGE_AUDIENCE: &str = "api://AzureADTokenExchange";

/// A token and until when it is good.
pub(crate) struct Minted {
    pub(crate) token: String,
    pub(crate) lifetime_s: u32,
    /// Seconds since 1970.
    pub(crate) expires_on: i64,
    pub(crate) not_before: i64,
}

/// What a token says of itself.
#[derive(Debug)]
pub(crate) struct Claims(Value);

/// Mints an access token for `audience`.
pub(crate) fn access(identity: &IdentityScenario, audience: &str, now: Timestamp) -> Minted {
    mint(identity.token_lifetime_s, now, |claims| {
        claims["aud"] = json!(audience);
        claims["iss"] = json!(issuer(identity));
        claims["tid"] = json!(identity.tenant);
        claims["oid"] = json!(identity.object_id);
        claims["sub"] = json!(identity.object_id);
        claims["appid"] = json!(identity.client_id);
        claims["idtyp"] = json!("app");
        claims["ver"] = json!("1.0");
    })
}

/// Mints the assertion of a CI job.
pub(crate) fn assertion(
    identity: &IdentityScenario,
    (issuer, subject): (&str, &str),
    audience: &str,
    now: Timestamp,
) -> Minted {
    mint(identity.assertion_lifetime_s, now, |claims| {
        claims["aud"] = json!(audience);
        claims["iss"] = json!(issuer);
        claims["sub"] = json!(subject);
    })
}

/// Returns whether a bearer token is one of Entra's for this tenant and has not expired.
pub(crate) fn is_good(identity: &IdentityScenario, token: &str, now: Timestamp) -> bool {
    Claims::read(token)
        .is_some_and(|claims| claims.text("iss") == issuer(identity) && claims.is_within(now))
}

fn issuer(identity: &IdentityScenario) -> String {
    format!("https://sts.windows.net/{}/", identity.tenant)
}

fn mint(lifetime_s: u32, now: Timestamp, fill: impl FnOnce(&mut Value)) -> Minted {
    let from = now.as_second();
    let until = from + i64::from(lifetime_s);
    // The id makes two tokens of the same second differ.
    let mut claims = json!({"iat": from, "nbf": from, "exp": until, "jti": random_uuid()});
    fill(&mut claims);
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let header = json!({"typ": "JWT", "alg": "none"});
    Minted {
        token: format!("{}.{}.", part(&header), part(&claims)),
        lifetime_s,
        expires_on: until,
        not_before: from,
    }
}

impl Claims {
    /// Reads the middle one of a token's three parts; `None` for what is no token.
    pub(crate) fn read(token: &str) -> Option<Self> {
        let mut parts = token.split('.');
        let claims = parts.nth(1)?;
        parts.next()?;
        let bytes = URL_SAFE_NO_PAD.decode(claims.trim_end_matches('=')).ok()?;
        let claims: Value = serde_json::from_slice(&bytes).ok()?;
        claims.is_object().then_some(Self(claims))
    }

    pub(crate) fn text(&self, name: &str) -> &str {
        self.0.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// Entra allows five minutes of difference between clocks before `nbf`, and none after `exp`.
    pub(crate) fn is_within(&self, now: Timestamp) -> bool {
        let early = SignedDuration::from_mins(5).as_secs();
        now.as_second() + early >= self.second("nbf").unwrap_or(0)
            && self.second("exp").is_some_and(|exp| now.as_second() < exp)
    }

    /// A time that it names, in seconds since 1970.
    pub(crate) fn second(&self, name: &str) -> Option<i64> {
        self.0.get(name).and_then(Value::as_i64)
    }
}
