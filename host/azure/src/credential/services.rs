//! Which hosts of Azure a token of lockgate's own may be sent to, by cloud, and for which scope each takes tokens. Nothing
//! that is not in this table gets one (I-15).
//!
//! Listed are the services that tell how an app fares. Vaults, storage and databases are not: they hold what a gate has no
//! business with. Hosts are from the pages of Microsoft on each service (Log Analytics and Application Insights: "request
//! format" and "IP addresses used by Azure Monitor"; Prometheus: "query using the API and `PromQL`"), scopes beside them
//! from the audiences in its SDKs.

use url::Url;

use super::scope::TokenScope;
use crate::endpoint::{Endpoint, is_loopback};

/// A cloud of Azure.
struct Cloud {
    name: &'static str,
    services: &'static [AzureService],
}

/// A service of Azure that takes tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AzureService {
    hosts: Hosts,
    /// The hosts of the scopes of its tokens, the usual one first.
    scopes: &'static [&'static str],
    /// The role that lets an identity read there.
    pub role: &'static str,
    /// What the role is given for.
    pub role_on: &'static str,
    /// Whether requests that may change something must not carry the token.
    pub reads_only: bool,
}

/// The hosts of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hosts {
    One(&'static str),
    /// Every host below this domain, but not the domain itself.
    Below(&'static str),
}

const fn log_analytics(host: &'static str, scopes: &'static [&'static str]) -> AzureService {
    AzureService {
        hosts: Hosts::One(host),
        scopes,
        role: "Log Analytics Reader",
        role_on: "the workspace",
        reads_only: false,
    }
}

const fn application_insights(host: &'static str, scopes: &'static [&'static str]) -> AzureService {
    AzureService {
        hosts: Hosts::One(host),
        scopes,
        role: "Monitoring Reader",
        role_on: "the Application Insights resource",
        reads_only: false,
    }
}

const fn prometheus(domain: &'static str, scopes: &'static [&'static str]) -> AzureService {
    AzureService {
        hosts: Hosts::Below(domain),
        scopes,
        role: "Monitoring Data Reader",
        role_on: "the Azure Monitor workspace",
        reads_only: false,
    }
}

const fn metrics(domain: &'static str, scopes: &'static [&'static str]) -> AzureService {
    AzureService {
        hosts: Hosts::Below(domain),
        scopes,
        role: "Monitoring Reader",
        role_on: "the resource",
        reads_only: false,
    }
}

/// The management API. There the identity may move traffic and read secrets, both by requests that are no GET.
const fn management(host: &'static str, scopes: &'static [&'static str]) -> AzureService {
    AzureService {
        hosts: Hosts::One(host),
        scopes,
        role: "Reader",
        role_on: "the resource",
        reads_only: true,
    }
}

const PUBLIC_MANAGEMENT: &str = "management.azure.com";

/// Every cloud. A list in a message keeps this order.
const CLOUDS: [Cloud; 3] = [
    Cloud {
        name: "the public cloud",
        services: &[
            log_analytics("api.loganalytics.io", &["api.loganalytics.io"]),
            log_analytics(
                "api.loganalytics.azure.com",
                &["api.loganalytics.io", "api.loganalytics.azure.com"],
            ),
            application_insights(
                "api.applicationinsights.io",
                &["api.applicationinsights.io"],
            ),
            application_insights(
                "api.applicationinsights.azure.com",
                &[
                    "api.applicationinsights.io",
                    "api.applicationinsights.azure.com",
                ],
            ),
            prometheus(
                "prometheus.monitor.azure.com",
                &["prometheus.monitor.azure.com"],
            ),
            metrics("metrics.monitor.azure.com", &["metrics.monitor.azure.com"]),
            management(PUBLIC_MANAGEMENT, &[PUBLIC_MANAGEMENT]),
        ],
    },
    Cloud {
        name: "the US government's cloud",
        services: &[
            log_analytics("api.loganalytics.us", &["api.loganalytics.us"]),
            application_insights(
                "api.applicationinsights.us",
                &["api.applicationinsights.us"],
            ),
            prometheus(
                "prometheus.monitor.azure.us",
                &["prometheus.monitor.azure.us"],
            ),
            metrics("metrics.monitor.azure.us", &["metrics.monitor.azure.us"]),
            management(
                "management.usgovcloudapi.net",
                &["management.usgovcloudapi.net"],
            ),
        ],
    },
    Cloud {
        name: "China's cloud",
        services: &[
            log_analytics("api.loganalytics.azure.cn", &["api.loganalytics.azure.cn"]),
            application_insights(
                "api.applicationinsights.azure.cn",
                &["api.applicationinsights.azure.cn"],
            ),
            prometheus(
                "prometheus.monitor.azure.cn",
                &["prometheus.monitor.azure.cn"],
            ),
            metrics("metrics.monitor.azure.cn", &["metrics.monitor.azure.cn"]),
            management(
                "management.chinacloudapi.cn",
                &["management.chinacloudapi.cn"],
            ),
        ],
    },
];

/// Why a token must not be sent to an origin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenOriginError {
    /// It is no service of the table.
    #[error(
        "{origin} gets no token of lockgate's own: it is none of Azure's hosts that take one, which are {}",
        listed()
    )]
    NotAzure {
        /// The origin as written.
        origin: String,
    },
    /// The service takes tokens for another scope.
    #[error("{origin} takes tokens for {}, not for {scope}", in_words(scopes))]
    OtherScope {
        /// The origin as written.
        origin: String,
        /// The scope of the rule.
        scope: TokenScope,
        /// Those that it takes.
        scopes: &'static [&'static str],
    },
    /// The management API is that of another cloud, and so is the identity.
    #[error("{origin} is in {there}, and the management API of azure.endpoint in {here}")]
    OtherCloud {
        /// The origin as written.
        origin: String,
        /// The cloud of the origin.
        there: &'static str,
        /// The cloud of the management API.
        here: &'static str,
    },
    /// It is on this machine, and the management API is not.
    #[error(
        "{origin} is on this machine, which gets a token only while azure.endpoint is on it too, as an emulator is"
    )]
    ThisMachine {
        /// The origin as written.
        origin: String,
    },
}

/// Returns the service that a token for this scope may be sent to at an origin. `endpoint` is the management API that
/// lockgate uses: where that is on this machine, an origin of this machine stands for any of the services.
///
/// # Errors
/// When the token must not be sent there.
pub fn service_at(
    origin: &str,
    scope: &TokenScope,
    endpoint: &Endpoint,
) -> Result<AzureService, TokenOriginError> {
    let not_azure = || TokenOriginError::NotAzure {
        origin: origin.to_owned(),
    };
    let url = Url::parse(origin).map_err(|_| not_azure())?;
    let is_bare = url.username().is_empty()
        && url.password().is_none()
        && url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none();
    if !is_bare {
        return Err(not_azure());
    }
    if is_loopback(&url) {
        if !is_loopback(endpoint.base()) {
            return Err(TokenOriginError::ThisMachine {
                origin: origin.to_owned(),
            });
        }
        let any = |service: &&AzureService| service.scopes.contains(&scope.host());
        return services()
            .map(|(_, service)| service)
            .find(any)
            .copied()
            .ok_or_else(not_azure);
    }
    let host = url.host_str().unwrap_or_default();
    let found = (url.scheme() == "https" && url.port().is_none())
        .then(|| services().find(|(_, service)| service.hosts.cover(host)));
    let (cloud, service) = found.flatten().ok_or_else(not_azure)?;
    if !service.scopes.contains(&scope.host()) {
        return Err(TokenOriginError::OtherScope {
            origin: origin.to_owned(),
            scope: scope.clone(),
            scopes: service.scopes,
        });
    }
    match cloud_of(endpoint) {
        Some(here) if here.name != cloud.name => Err(TokenOriginError::OtherCloud {
            origin: origin.to_owned(),
            there: cloud.name,
            here: here.name,
        }),
        _ => Ok(*service),
    }
}

/// Returns the scope of tokens for a management API: that of its own cloud, and of the public one for an unknown host, such
/// as an emulator's.
pub(crate) fn management_scope(endpoint: &Endpoint) -> TokenScope {
    let host = endpoint
        .base()
        .host_str()
        .filter(|_| cloud_of(endpoint).is_some());
    TokenScope::of_host(host.unwrap_or(PUBLIC_MANAGEMENT))
}

/// Returns the cloud of a management API; `None` for a host that is none of Azure's.
fn cloud_of(endpoint: &Endpoint) -> Option<&'static Cloud> {
    let host = endpoint.base().host_str()?;
    let is_its = |service: &AzureService| service.reads_only && service.hosts.cover(host);
    CLOUDS
        .iter()
        .find(|cloud| cloud.services.iter().any(is_its))
}

fn services() -> impl Iterator<Item = (&'static Cloud, &'static AzureService)> {
    let of_cloud =
        |cloud: &'static Cloud| cloud.services.iter().map(move |service| (cloud, service));
    CLOUDS.iter().flat_map(of_cloud)
}

impl Hosts {
    fn cover(self, host: &str) -> bool {
        match self {
            Hosts::One(name) => host == name,
            Hosts::Below(domain) => {
                let labels = host
                    .strip_suffix(domain)
                    .and_then(|rest| rest.strip_suffix('.'));
                let is_label = |label: &str| {
                    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-';
                    !label.is_empty() && label.chars().all(allowed)
                };
                labels.is_some_and(|labels| labels.split('.').all(is_label))
            }
        }
    }

    fn shown(self) -> String {
        match self {
            Hosts::One(name) => name.to_owned(),
            Hosts::Below(domain) => format!("*.{domain}"),
        }
    }
}

/// Returns the hosts of the table in words.
fn listed() -> String {
    let of_cloud = |cloud: &Cloud| {
        let hosts: Vec<String> = cloud
            .services
            .iter()
            .map(|service| service.hosts.shown())
            .collect();
        format!("in {} {}", cloud.name, hosts.join(", "))
    };
    let clouds: Vec<String> = CLOUDS.iter().map(of_cloud).collect();
    clouds.join("; ")
}

fn in_words(hosts: &[&str]) -> String {
    let scopes: Vec<String> = hosts.iter().map(|host| format!("https://{host}")).collect();
    scopes.join(" or ")
}

#[cfg(test)]
mod tests;
