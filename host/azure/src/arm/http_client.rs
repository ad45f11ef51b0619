//! The HTTP client for the management API and for the services that issue tokens for it.
//!
//! TLS, proxy, and the time limits of connections are set here. A proxy from the environment is used;
//! redirects are never followed, and no request is repeated below `send`.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use super::retry_policy::RetryPolicy;
use crate::endpoint::{Endpoint, is_loopback};

/// How long an unused connection stays open. It is closed before the service closes it, because a write on a
/// connection that the service has just closed has an unknown outcome.
const IDLE_MAX: Duration = Duration::from_secs(30);

/// Why no connection to the management API can be made.
#[derive(Debug, thiserror::Error)]
pub enum ConnectionError {
    /// The TLS library finds no root certificates, or cannot start.
    #[error("TLS cannot be set up ({reason}); check the machine's root certificates")]
    Tls {
        /// What the library reported.
        reason: String,
    },
}

/// Returns a client with connections of its own. It uses the proxy of the environment (`HTTPS_PROXY`,
/// `NO_PROXY`), except for an endpoint on this machine.
pub(crate) fn new(
    endpoint: &Endpoint,
    policy: &RetryPolicy,
) -> Result<reqwest::Client, ConnectionError> {
    let loopback = [
        SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        SocketAddr::from((Ipv6Addr::LOCALHOST, 0)),
    ];
    let mut builder = reqwest::Client::builder();
    if is_loopback(endpoint.base()) {
        builder = builder.no_proxy();
    }
    builder
        .user_agent(concat!("lockgate/", env!("CARGO_PKG_VERSION")))
        // A redirect could carry the token to another host.
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        // `read` and `write` decide what is repeated. A repetition by the client would break the rule for writes.
        .retry(reqwest::retry::never())
        .http1_only()
        .connect_timeout(policy.connect_timeout)
        .pool_idle_timeout(IDLE_MAX)
        // A resolver must not be able to move what counts as loopback to another machine.
        .resolve_to_addrs("localhost", &loopback)
        .build()
        .map_err(|error| ConnectionError::Tls {
            reason: error.to_string(),
        })
}
