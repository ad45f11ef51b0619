//! Which origins a gate may name: those of the configuration and the two revisions'. Pure.

use std::net::IpAddr;

use url::{Host, Url};

use super::credentials::Credential;

use super::addresses::{Standing, standing};

/// Why an origin of an `allow` list is not one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OriginError {
    /// It is not scheme, host and port alone.
    #[error(
        "{text:?} is not an origin: write scheme, host and, if it is not the usual one, port, such as \
         https://api.example.com"
    )]
    Malformed {
        /// What was written.
        text: String,
    },
    /// A star somewhere else than as the first label.
    #[error(
        "{text:?} has a star where none can be: write it as the first label only, such as https://*.example.com"
    )]
    Wildcard {
        /// What was written.
        text: String,
    },
}

/// One origin, or all below a domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Origin {
    scheme: String,
    /// Lower case, without a trailing dot; v6 in brackets. With `below`, the domain above.
    host: String,
    below: bool,
    port: u16,
    names_loopback: bool,
}

/// The origins of an `allow` list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origins(Vec<Origin>);

/// What one call may reach.
#[derive(Debug, Clone)]
pub(crate) struct Policy {
    origins: Vec<Origin>,
    credentials: Vec<Credential>,
}

/// A request that may be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Permit {
    pub(crate) url: Url,
    /// It may lead to this machine.
    pub(crate) loopback: bool,
    /// The operator's fields; the guest's own of these names are dropped.
    pub(crate) fields: Vec<(String, String)>,
}

/// Why a URL is not asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Denied {
    /// It is not a URL for HTTP.
    Invalid(String),
    /// The policy forbids it.
    Forbidden(String),
}

impl Origins {
    /// Reads an `allow` list.
    ///
    /// # Errors
    /// At the first entry that is not an origin.
    pub fn parse(list: &[String]) -> Result<Origins, OriginError> {
        list.iter()
            .map(|text| Origin::parse(text))
            .collect::<Result<_, _>>()
            .map(Origins)
    }
}

impl Origins {
    /// Says whether an origin that a gate wants is granted. What is no origin is not.
    pub fn grants(&self, wanted: &str) -> bool {
        let wanted = Origin::parse(wanted);
        wanted.is_ok_and(|wanted| {
            self.0
                .iter()
                .any(|origin| *origin == wanted || origin.covers(&wanted))
        })
    }
}

impl Origin {
    pub(super) fn parse(text: &str) -> Result<Origin, OriginError> {
        let malformed = || OriginError::Malformed {
            text: text.to_owned(),
        };
        let wildcard = || OriginError::Wildcard {
            text: text.to_owned(),
        };
        let (plain, below) = match text.split_once("://*.") {
            Some((scheme, domain)) => (format!("{scheme}://{domain}"), true),
            None => (text.to_owned(), false),
        };
        if plain.contains('*') {
            return Err(wildcard());
        }
        let url = Url::parse(&plain).map_err(|_| malformed())?;
        let bare = matches!(url.scheme(), "http" | "https")
            && url.username().is_empty()
            && url.password().is_none()
            && url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none();
        let origin = Origin::of(&url, below)
            .filter(|_| bare)
            .ok_or_else(malformed)?;
        if below && (!matches!(url.host(), Some(Host::Domain(_))) || !origin.host.contains('.')) {
            return Err(wildcard());
        }
        Ok(origin)
    }

    fn of(url: &Url, below: bool) -> Option<Origin> {
        let names_loopback = match url.host()? {
            Host::Domain(name) => name.trim_end_matches('.') == "localhost",
            Host::Ipv4(v4) => v4.is_loopback(),
            Host::Ipv6(v6) => v6.is_loopback(),
        };
        Some(Origin {
            scheme: url.scheme().to_owned(),
            host: normal_host(url)?,
            below,
            port: url.port_or_known_default()?,
            names_loopback,
        })
    }

    /// Says whether a secret may be sent there: to one host, and not in the clear over a network.
    pub(super) fn can_be_trusted(&self) -> bool {
        !self.below && (self.scheme == "https" || self.names_loopback)
    }

    pub(super) fn covers(&self, asked: &Origin) -> bool {
        let host = match self.below {
            false => self.host == asked.host,
            true => asked
                .host
                .strip_suffix(&self.host)
                .and_then(|rest| rest.strip_suffix('.'))
                .is_some_and(|labels| !labels.is_empty()),
        };
        host && self.scheme == asked.scheme && self.port == asked.port
    }
}

/// The host as it is compared: lower case and IDNA by the URL parser, no trailing dot.
fn normal_host(url: &Url) -> Option<String> {
    let host = url.host_str()?.trim_end_matches('.').to_ascii_lowercase();
    (!host.is_empty()).then_some(host)
}

impl Policy {
    /// Puts the `allow` list and the revisions' URLs together. A revision without a usable URL adds nothing.
    pub(crate) fn new(allow: &Origins, credentials: &[Credential], revisions: &[&str]) -> Policy {
        let revisions = revisions.iter().filter_map(|url| Url::parse(url).ok());
        let revisions = revisions.filter_map(|url| Origin::of(&url, false));
        Policy {
            origins: allow.0.iter().cloned().chain(revisions).collect(),
            credentials: credentials.to_vec(),
        }
    }

    /// Says whether a URL may be asked, and if so whether it may lead to this machine.
    pub(crate) fn permits(&self, url: &str) -> Result<Permit, Denied> {
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
        let asked = Origin::of(&url, false)
            .ok_or_else(|| Denied::Invalid("a URL without a host".to_owned()))?;
        let rule = self.origins.iter().find(|origin| origin.covers(&asked));
        let Some(rule) = rule else {
            let wanted = url.origin().ascii_serialization();
            return Err(Denied::Forbidden(format!(
                "{wanted} is neither a revision's origin nor on the gate's allow list; to grant it, add \
                 allow = [\"{wanted}\"]"
            )));
        };
        // A resolver is not asked about literal addresses, so they are judged here.
        let literal = match url.host() {
            Some(Host::Ipv4(v4)) => Some(IpAddr::V4(v4)),
            Some(Host::Ipv6(v6)) => Some(IpAddr::V6(v6)),
            _ => None,
        };
        if let Some(address) = literal {
            permits_address(address, rule.names_loopback).map_err(Denied::Forbidden)?;
        }
        let fields = self.credentials.iter();
        Ok(Permit {
            url,
            loopback: rule.names_loopback,
            fields: fields
                .filter_map(|credential| credential.field_for(&asked))
                .collect(),
        })
    }
}

/// Says whether an address may be dialled.
pub(super) fn permits_address(address: IpAddr, loopback: bool) -> Result<(), String> {
    match standing(address) {
        Standing::Open => Ok(()),
        Standing::Loopback if loopback => Ok(()),
        Standing::Loopback => Err(format!(
            "{address} is this machine, which only an origin that names it literally may reach"
        )),
        Standing::Forbidden => Err(format!(
            "{address} is a link-local, metadata or reserved address, which no gate may reach"
        )),
    }
}

#[cfg(test)]
mod tests;
