//! Decides whether a call may send a request to a URL: an origin of the `allow` list or of the two revisions, and no
//! forbidden address. Pure, but for the tokens of a permitted request.
//!
//! Names are judged here, the addresses that they resolve to in `client.rs`.

use std::net::IpAddr;

use url::{Host, Url};

use super::addresses::{Loopback, check_address};
use super::credentials::{Field, HeaderCredential};
use super::origins::{Origin, Origins, Scope};
use crate::outside::exchange::{ExchangeError, HttpRequest};
use crate::outside::secrets::KnownSecrets;

/// The origins that one call may reach, and the credentials for them.
#[derive(Debug, Clone)]
pub(crate) struct Policy {
    origins: Vec<Origin>,
    credentials: Vec<HeaderCredential>,
    /// Header fields of every request, by name and value.
    fields: Vec<(String, String)>,
}

/// A URL that may be requested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PermittedUrl {
    pub(crate) url: Url,
    /// Whether the URL may lead to this machine.
    pub(crate) loopback: Loopback,
    /// The operator's header fields. They replace the guest's fields of the same names.
    pub(super) fields: Vec<Field>,
}

impl PermittedUrl {
    /// Returns the operator's header fields for a request, with a token minted where one carries a token. What is minted is
    /// among the secrets before this returns.
    ///
    /// # Errors
    /// When a token must not go with the request, or there is none.
    pub(super) async fn fields_for(
        &self,
        request: &HttpRequest,
        secrets: &KnownSecrets,
    ) -> Result<Vec<(String, String)>, ExchangeError> {
        let mut fields = Vec::with_capacity(self.fields.len());
        for field in &self.fields {
            fields.push(match field {
                Field::Ready(name, value) => (name.clone(), value.clone()),
                Field::Token(name, grant) => {
                    (name.clone(), grant.value_for(request, secrets).await?)
                }
            });
        }
        Ok(fields)
    }
}

/// Why a URL may not be requested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Denied {
    /// It is not a URL for HTTP.
    Invalid(String),
    /// The policy forbids it.
    Forbidden(String),
}

impl Policy {
    /// Returns the policy of the `allow` list and the revisions' URLs. A revision without a usable URL adds nothing.
    pub(crate) fn new(
        allow: &Origins,
        credentials: &[HeaderCredential],
        revisions: &[&str],
    ) -> Policy {
        let revisions = revisions.iter().filter_map(|url| Url::parse(url).ok());
        let revisions = revisions.filter_map(|url| Origin::of(&url, Scope::Host));
        Policy {
            origins: allow.iter().cloned().chain(revisions).collect(),
            credentials: credentials.to_vec(),
            fields: Vec::new(),
        }
    }

    /// Returns the policy with header fields for every request, which hold no secret.
    pub(crate) fn with_fields(self, fields: Vec<(String, String)>) -> Policy {
        Policy { fields, ..self }
    }

    /// Checks a URL against the policy.
    pub(crate) fn permit(&self, url: &str) -> Result<PermittedUrl, Denied> {
        let url = Url::parse(url).map_err(|error| Denied::Invalid(format!("{url:?}: {error}")))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Denied::Invalid(format!(
                "{} is not http or https",
                url.scheme()
            )));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Denied::Invalid(
                "a URL with a user name or password".to_owned(),
            ));
        }
        let target = Origin::of(&url, Scope::Host)
            .ok_or_else(|| Denied::Invalid("a URL without a host".to_owned()))?;
        let rule = self.origins.iter().find(|origin| origin.covers(&target));
        let Some(rule) = rule else {
            let shown = url.origin().ascii_serialization();
            return Err(Denied::Forbidden(format!(
                "{shown} is neither a revision's origin nor on the gate's allow list; to grant it, add \
                 allow = [\"{shown}\"]"
            )));
        };
        // Literal addresses never reach the resolver, so they are judged here.
        let literal = match url.host() {
            Some(Host::Ipv4(v4)) => Some(IpAddr::V4(v4)),
            Some(Host::Ipv6(v6)) => Some(IpAddr::V6(v6)),
            Some(Host::Domain(_)) | None => None,
        };
        if let Some(address) = literal {
            check_address(address, rule.loopback()).map_err(Denied::Forbidden)?;
        }
        let credentials = self.credentials.iter();
        let credentials = credentials.filter_map(|credential| credential.field_for(&target));
        let fields = self.fields.iter().cloned();
        let fields = fields.map(|(name, value)| Field::Ready(name, value));
        Ok(PermittedUrl {
            loopback: rule.loopback(),
            url,
            fields: credentials.chain(fields).collect(),
        })
    }
}

#[cfg(test)]
mod tests;
