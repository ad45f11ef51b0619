//! JSON Web Tokens without a signature, which are worthless outside the emulator. Two kinds of
//! issuer: Entra, whose tokens ARM accepts, and CI systems, whose assertions Entra accepts.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::ids::random_uuid;
use crate::scenario::IdentityScenario;

/// The audience of an assertion that Entra accepts.
pub(crate) const EXCHANGE_AUDIENCE: &str = "api://AzureADTokenExchange";

/// The hosts by which clients ask for tokens for ARM.
const ARM_HOSTS: [&str; 5] = [
    "management.azure.com",
    "management.core.windows.net",
    "localhost",
    "127.0.0.1",
    "[::1]",
];

/// A new token and its times.
pub(crate) struct IssuedToken {
    pub(crate) token: String,
    pub(crate) lifetime_s: u32,
    /// Seconds since 1970.
    pub(crate) expires_on: i64,
    /// Seconds since 1970.
    pub(crate) not_before: i64,
}

/// Issuer and subject of the assertions of a CI job.
pub(crate) struct JobIdentity {
    pub(crate) issuer: &'static str,
    pub(crate) subject: &'static str,
}

/// The claims of a token.
#[derive(Debug)]
pub(crate) struct Claims(Value);

/// Issues an access token for a resource; `None` for one that the tenant does not know.
pub(crate) fn access(
    identity: &IdentityScenario,
    resource: &str,
    now: Timestamp,
) -> Option<IssuedToken> {
    let lifetime_s = lifetime_of(identity, resource)?;
    Some(issue(lifetime_s, now, |claims| {
        claims["aud"] = json!(resource);
        claims["iss"] = json!(issuer(identity));
        claims["tid"] = json!(identity.tenant);
        claims["oid"] = json!(identity.object_id);
        claims["sub"] = json!(identity.object_id);
        claims["appid"] = json!(identity.client_id);
        claims["idtyp"] = json!("app");
        claims["ver"] = json!("1.0");
    }))
}

/// Returns what Entra says of a resource that the tenant does not know.
pub(crate) fn unknown_resource(identity: &IdentityScenario, resource: &str) -> String {
    format!(
        "The resource principal named {resource} was not found in the tenant named {}. This can happen \
         if the application has not been installed by the administrator of the tenant or consented to by \
         any user in the tenant. You might have sent your authentication request to the wrong tenant.",
        identity.tenant
    )
}

/// Returns the lifetime of tokens for a resource in seconds; `None` for one that the tenant does not know.
fn lifetime_of(identity: &IdentityScenario, resource: &str) -> Option<u32> {
    if is_arm(resource) {
        return Some(identity.token_lifetime_s);
    }
    let resource = resource.trim_end_matches('/');
    let is_it = |url: &&String| url.trim_end_matches('/').eq_ignore_ascii_case(resource);
    let known = identity.services.keys().find(is_it)?;
    identity.services.get(known).copied()
}

/// Returns whether a resource is ARM: by its two names, or as this emulator, whose clients ask by its address.
fn is_arm(resource: &str) -> bool {
    let host = url::Url::parse(resource).ok();
    let host = host
        .as_ref()
        .and_then(url::Url::host_str)
        .unwrap_or_default();
    ARM_HOSTS.contains(&host)
}

/// Issues an assertion of a CI job.
pub(crate) fn assertion(
    identity: &IdentityScenario,
    job: &JobIdentity,
    audience: &str,
    now: Timestamp,
) -> IssuedToken {
    issue(identity.assertion_lifetime_s, now, |claims| {
        claims["aud"] = json!(audience);
        claims["iss"] = json!(job.issuer);
        claims["sub"] = json!(job.subject);
    })
}

/// Returns whether Entra issued a bearer token of this tenant for ARM, and it has not expired.
pub(crate) fn is_good(identity: &IdentityScenario, token: &str, now: Timestamp) -> bool {
    Claims::read(token).is_some_and(|claims| {
        let is_for_arm = is_arm(claims.text("aud"));
        is_for_arm && claims.text("iss") == issuer(identity) && claims.is_within(now)
    })
}

fn issuer(identity: &IdentityScenario) -> String {
    format!("https://sts.windows.net/{}/", identity.tenant)
}

fn issue(lifetime_s: u32, now: Timestamp, fill: impl FnOnce(&mut Value)) -> IssuedToken {
    let from = now.as_second();
    let until = from + i64::from(lifetime_s);
    // The id makes two tokens of the same second different.
    let mut claims = json!({"iat": from, "nbf": from, "exp": until, "jti": random_uuid()});
    fill(&mut claims);
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let header = json!({"typ": "JWT", "alg": "none"});
    IssuedToken {
        token: format!("{}.{}.", part(&header), part(&claims)),
        lifetime_s,
        expires_on: until,
        not_before: from,
    }
}

impl Claims {
    /// Reads the second of the three parts of a token. Returns `None` if the text is not a token.
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

    /// Returns whether the token is valid now. Entra tolerates a clock difference of five minutes
    /// before `nbf`, and none after `exp`.
    pub(crate) fn is_within(&self, now: Timestamp) -> bool {
        let early = SignedDuration::from_mins(5).as_secs();
        now.as_second() + early >= self.second("nbf").unwrap_or(0)
            && self.second("exp").is_some_and(|exp| now.as_second() < exp)
    }

    /// Returns a time among the claims, in seconds since 1970.
    pub(crate) fn second(&self, name: &str) -> Option<i64> {
        self.0.get(name).and_then(Value::as_i64)
    }
}
