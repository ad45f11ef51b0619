//! The address of the management API, and the id of an app.
//!
//! Enforces the rule that keeps tokens safe: a request goes to the endpoint's own origin or is not sent, and that
//! origin is https unless it is on this machine.

use std::fmt;

use url::{Host, Url};

/// The address of the management API (ARM), its version, and the scheme of the revisions' hosts.
#[derive(Debug, Clone)]
pub struct Endpoint {
    base: Url,
    /// Sent as `api-version` with every request that lockgate builds itself.
    pub api_version: String,
    /// The scheme of the revisions' own hosts.
    pub revision_scheme: Scheme,
}

/// The scheme of a revision's own host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scheme {
    /// On Azure.
    #[default]
    Https,
    /// On an emulator without certificates.
    Http,
}

/// Why an address or a name cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// It is not a URL, or has parts that an endpoint cannot have.
    #[error(
        "endpoint {text:?} is not an absolute http or https URL without user, query and fragment"
    )]
    Malformed {
        /// The refused text.
        text: String,
    },
    /// Tokens would be sent in clear text to another machine.
    #[error(
        "endpoint {text} is plain http to another machine, where a token could be read; use https"
    )]
    PlainText {
        /// The refused text.
        text: String,
    },
    /// A part of the app's id is empty or has characters that no Azure name has.
    #[error("{part} {text:?} is not a name that Azure allows")]
    Name {
        /// Subscription, resource group or app name.
        part: &'static str,
        /// The refused text.
        text: String,
    },
}

impl Endpoint {
    /// The version that the `az containerapp` commands use. The tests cover its forms of traffic and revisions.
    pub const DEFAULT_API_VERSION: &str = "2025-07-01";
    /// The public cloud.
    pub const DEFAULT_BASE: &str = "https://management.azure.com";

    /// Returns the endpoint at `base`, with the default API version and https revisions.
    ///
    /// # Errors
    /// [`EndpointError::Malformed`] when `base` is not an absolute URL without user, query and fragment;
    /// [`EndpointError::PlainText`] when it is plain http and not a loopback address.
    pub fn new(base: &str) -> Result<Endpoint, EndpointError> {
        let malformed = || EndpointError::Malformed {
            text: base.to_owned(),
        };
        let url = Url::parse(base).map_err(|_| malformed())?;
        let bare = url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none();
        if !bare || url.host().is_none() || !matches!(url.scheme(), "http" | "https") {
            return Err(malformed());
        }
        if url.scheme() == "http" && !is_loopback(&url) {
            return Err(EndpointError::PlainText {
                text: base.to_owned(),
            });
        }
        Ok(Endpoint {
            base: url,
            api_version: Endpoint::DEFAULT_API_VERSION.to_owned(),
            revision_scheme: Scheme::Https,
        })
    }

    /// Returns the base URL.
    pub fn base(&self) -> &Url {
        &self.base
    }

    /// Returns whether the endpoint is plain http, and so on this machine: an emulator, which needs no token.
    pub fn is_plain_loopback(&self) -> bool {
        self.base.scheme() == "http"
    }

    /// Returns whether a URL has the same scheme, host and port as this endpoint.
    pub(crate) fn owns(&self, url: &Url) -> bool {
        self.base.origin() == url.origin()
    }

    /// Returns the absolute URL of a link in an answer. An absolute link is unchanged.
    pub(crate) fn locate(&self, text: &str) -> Option<Url> {
        self.base.join(text).ok()
    }

    /// Returns the URL of the app, or of something below it such as `["revisions"]`.
    pub(crate) fn app_url(&self, app: &AppId, below: &[&str]) -> Url {
        let mut url = self.base.clone();
        url.path_segments_mut()
            .expect("http and https URLs have a path")
            .pop_if_empty()
            .extend(["subscriptions", &app.subscription])
            .extend(["resourceGroups", &app.resource_group])
            .extend(["providers", "Microsoft.App", "containerApps"])
            .extend((!app.name.is_empty()).then_some(&app.name))
            .extend(below);
        url.query_pairs_mut()
            .append_pair("api-version", &self.api_version);
        url
    }

    /// Returns the origin of a revision from the host that the platform names; `None` when that is
    /// not a host.
    pub(crate) fn revision_url(&self, fqdn: &str) -> Option<String> {
        let url = Url::parse(&format!("{}://{fqdn}", self.revision_scheme)).ok()?;
        Some(url.origin().ascii_serialization())
    }
}

impl Default for Endpoint {
    fn default() -> Endpoint {
        Endpoint::new(Endpoint::DEFAULT_BASE).expect("the default is a valid endpoint")
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Scheme::Https => "https",
            Scheme::Http => "http",
        })
    }
}

/// Returns host and port of a URL. Path and query are left out, because they may be signed.
pub(crate) fn host_of(url: &Url) -> String {
    match (url.host_str(), url.port()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (Some(host), None) => host.to_owned(),
        (None, _) => "a URL without a host".to_owned(),
    }
}

/// Returns whether the host is this machine: a loopback address, or `localhost`.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        // The HTTP client resolves this name to loopback itself, without a resolver.
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// The id of an app, or of a resource group when the name is empty.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AppId {
    subscription: String,
    resource_group: String,
    name: String,
}

impl AppId {
    /// Returns the id of the app `name` in a resource group of a subscription (a GUID).
    ///
    /// # Errors
    /// [`EndpointError::Name`] for a part that could not be a path segment of a URL.
    pub fn new(
        subscription: &str,
        resource_group: &str,
        name: &str,
    ) -> Result<AppId, EndpointError> {
        let checked = |part: &'static str, text: &str| {
            let allowed = |c: char| c.is_alphanumeric() || "-_.()".contains(c);
            let only_dots = text.chars().all(|c| c == '.');
            if only_dots || text.chars().count() > 90 || !text.chars().all(allowed) {
                return Err(EndpointError::Name {
                    part,
                    text: text.to_owned(),
                });
            }
            Ok(text.to_owned())
        };
        Ok(AppId {
            subscription: checked("subscription", subscription)?,
            resource_group: checked("resource group", resource_group)?,
            name: checked("app name", name)?,
        })
    }

    /// Returns the id of all apps of a resource group.
    pub(crate) fn group(subscription: &str, resource_group: &str) -> Result<AppId, EndpointError> {
        let named = AppId::new(subscription, resource_group, "any")?;
        Ok(AppId {
            name: String::new(),
            ..named
        })
    }

    /// Returns the subscription's id.
    pub fn subscription(&self) -> &str {
        &self.subscription
    }

    /// Returns the resource group's name.
    pub fn resource_group(&self) -> &str {
        &self.resource_group
    }

    /// Returns the app's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the full name that the platform makes of the app's name and a revision's suffix.
    pub fn revision_name(&self, suffix: &str) -> String {
        format!("{}--{suffix}", self.name)
    }

    /// Returns the app's resource id, as `az` takes it.
    pub fn resource_id(&self) -> String {
        format!(
            "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.App/containerApps/{}",
            self.subscription, self.resource_group, self.name
        )
    }
}

impl fmt::Display for AppId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.name.is_empty() {
            write!(f, "app {} in ", self.name)?;
        }
        write!(
            f,
            "resource group {} of subscription {}",
            self.resource_group, self.subscription
        )
    }
}

#[cfg(test)]
mod tests;
