//! Origins as an `allow` list writes them, and which origin covers which. Pure.
//!
//! Compared in a normal form, so that no spelling of a host passes for another. Read `policy.rs` for the use.

use url::{Host, Url};

use super::addresses::Loopback;

/// Why a text is not an origin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OriginError {
    /// It is not scheme, host and port only.
    #[error(
        "{text:?} is not an origin: write scheme, host and, unless it is the default, port, such as \
         https://api.example.com"
    )]
    Malformed {
        /// The text as written.
        text: String,
    },
    /// It has a star elsewhere than as the first label.
    #[error(
        "{text:?} has a star in the wrong place: write it as the first label only, such as https://*.example.com"
    )]
    Wildcard {
        /// The text as written.
        text: String,
    },
}

/// One origin, or all origins below a domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Origin {
    scheme: String,
    /// In lower case, without a trailing dot, v6 in brackets; the domain above if the scope is its subdomains.
    host: String,
    scope: Scope,
    port: u16,
    /// Allowed if the origin names this machine literally.
    loopback: Loopback,
}

/// The hosts that an origin stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// One host.
    Host,
    /// Every host below a domain, but not the domain itself.
    Subdomains,
}

/// The origins of an `allow` list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origins(Vec<Origin>);

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

    /// Returns whether the list covers an origin that a gate asks for. A text that is not an origin is not covered.
    pub fn grants(&self, requested: &str) -> bool {
        let requested = Origin::parse(requested);
        requested.is_ok_and(|requested| {
            self.iter()
                .any(|origin| *origin == requested || origin.covers(&requested))
        })
    }

    pub(super) fn iter(&self) -> std::slice::Iter<'_, Origin> {
        self.0.iter()
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
        let (plain, scope) = match text.split_once("://*.") {
            Some((scheme, domain)) => (format!("{scheme}://{domain}"), Scope::Subdomains),
            None => (text.to_owned(), Scope::Host),
        };
        if plain.contains('*') {
            return Err(wildcard());
        }
        let url = Url::parse(&plain).map_err(|_| malformed())?;
        let is_bare = matches!(url.scheme(), "http" | "https")
            && url.username().is_empty()
            && url.password().is_none()
            && url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none();
        let origin = Origin::of(&url, scope)
            .filter(|_| is_bare)
            .ok_or_else(malformed)?;
        let is_domain = matches!(url.host(), Some(Host::Domain(_))) && origin.host.contains('.');
        if scope == Scope::Subdomains && !is_domain {
            return Err(wildcard());
        }
        Ok(origin)
    }

    /// Returns the origin of a URL; `None` if it has no host or no port.
    pub(super) fn of(url: &Url, scope: Scope) -> Option<Origin> {
        let names_loopback = match url.host()? {
            Host::Domain(name) => name.trim_end_matches('.') == "localhost",
            Host::Ipv4(v4) => v4.is_loopback(),
            Host::Ipv6(v6) => v6.is_loopback(),
        };
        Some(Origin {
            scheme: url.scheme().to_owned(),
            host: normal_host(url)?,
            scope,
            port: url.port_or_known_default()?,
            loopback: if names_loopback {
                Loopback::Allowed
            } else {
                Loopback::Refused
            },
        })
    }

    /// Returns whether requests to this origin may lead to this machine.
    pub(super) fn loopback(&self) -> Loopback {
        self.loopback
    }

    /// Returns whether a secret may be sent to this origin: to one host, and not unencrypted over a network.
    pub(super) fn may_receive_secrets(&self) -> bool {
        let is_private = self.scheme == "https" || self.loopback == Loopback::Allowed;
        self.scope == Scope::Host && is_private
    }

    /// Returns whether a request to another origin is a request to this one.
    pub(super) fn covers(&self, other: &Origin) -> bool {
        let covers_host = match self.scope {
            Scope::Host => self.host == other.host,
            Scope::Subdomains => other
                .host
                .strip_suffix(&self.host)
                .and_then(|rest| rest.strip_suffix('.'))
                .is_some_and(|labels| !labels.is_empty()),
        };
        covers_host && self.scheme == other.scheme && self.port == other.port
    }
}

/// Returns the host as it is compared: in lower case and IDNA, as the URL parser has it, without a trailing dot.
fn normal_host(url: &Url) -> Option<String> {
    let host = url.host_str()?.trim_end_matches('.').to_ascii_lowercase();
    (!host.is_empty()).then_some(host)
}

#[cfg(test)]
mod tests;
