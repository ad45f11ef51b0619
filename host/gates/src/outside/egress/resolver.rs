//! Resolves names to permitted addresses only. The client connects to these addresses without resolving again.
//!
//! Also tells whether a request still waits for its name: one that ends then was never sent.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::addresses::{Loopback, check_address};

tokio::task_local! {
    /// The resolution of the request that is being polled.
    static RESOLUTION: Resolution;
}

/// Whether a request waits for the addresses of a name.
#[derive(Debug, Clone, Default)]
pub(super) struct Resolution(Arc<AtomicBool>);

impl Resolution {
    /// Runs a request, and notes in this resolution when it waits for the addresses of a name.
    pub(super) async fn of<T>(&self, request: impl Future<Output = T>) -> T {
        RESOLUTION.scope(self.clone(), request).await
    }

    /// Returns whether the request was waiting when it was last polled.
    pub(super) fn is_pending(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Looks a name up, and notes in the resolution of the request that is being polled that it waits.
pub(super) async fn waiting<T>(look_up: impl Future<Output = T>) -> T {
    // A connection that outlives its request is made by a task that nobody waits for.
    let resolution = RESOLUTION.try_with(Clone::clone).unwrap_or_default();
    resolution.0.store(true, Ordering::Relaxed);
    let found = look_up.await;
    resolution.0.store(false, Ordering::Relaxed);
    found
}

/// Resolves names to permitted addresses.
#[derive(Debug)]
pub(super) struct CheckedResolver {
    pub(super) loopback: Loopback,
}

/// A name leads to addresses that no gate may reach.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct ForbiddenAddress(pub(super) String);

/// A name leads to no address.
#[derive(Debug, thiserror::Error)]
#[error("{name}: {error}")]
pub(super) struct Unresolved {
    pub(super) name: String,
    pub(super) error: io::Error,
}

impl Resolve for CheckedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let loopback = self.loopback;
        Box::pin(async move {
            let found = waiting(look_up(name.as_str())).await?;
            let permitted = permitted(name.as_str(), found, loopback)?;
            Ok(Box::new(usable(permitted, has_route).into_iter()) as Addrs)
        })
    }
}

async fn look_up(name: &str) -> Result<Vec<SocketAddr>, Unresolved> {
    let unresolved = |error| Unresolved {
        name: name.to_owned(),
        error,
    };
    let found = tokio::net::lookup_host((name, 0))
        .await
        .map_err(unresolved)?;
    let found: Vec<SocketAddr> = found.collect();
    if found.is_empty() {
        let none = io::Error::new(io::ErrorKind::NotFound, "it has no address");
        return Err(unresolved(none));
    }
    Ok(found)
}

/// Returns the addresses that may be connected to.
fn permitted(
    name: &str,
    found: Vec<SocketAddr>,
    loopback: Loopback,
) -> Result<Vec<SocketAddr>, ForbiddenAddress> {
    let mut permitted = Vec::new();
    let mut refused = None;
    for address in found {
        match check_address(address.ip(), loopback) {
            Ok(()) => permitted.push(address),
            Err(why) => refused = Some(format!("{name} resolves to {why}")),
        }
    }
    match refused {
        Some(why) if permitted.is_empty() => Err(ForbiddenAddress(why)),
        _ => Ok(permitted),
    }
}

/// Leaves out the addresses of a family for which this machine has no route, where there are others. The client reports the
/// failure of the family that it tried last, and that must not hide what the canary did on the other.
fn usable(addresses: Vec<SocketAddr>, has_route: impl Fn(&SocketAddr) -> bool) -> Vec<SocketAddr> {
    let is_v4 = |address: &SocketAddr| address.is_ipv4();
    if addresses.iter().all(is_v4) || !addresses.iter().any(is_v4) {
        return addresses;
    }
    let (usable, unusable): (Vec<_>, Vec<_>) = addresses.into_iter().partition(has_route);
    if usable.is_empty() { unusable } else { usable }
}

/// Returns whether this machine has a route to an address. Connecting a datagram socket sends nothing.
fn has_route(address: &SocketAddr) -> bool {
    let from: IpAddr = match address {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let socket = UdpSocket::bind((from, 0));
    // Any port will do; 0 is none.
    socket.is_ok_and(|socket| socket.connect((address.ip(), 9)).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn family_without_a_route_is_left_out_where_there_is_another() {
        let v4: SocketAddr = "127.0.0.1:0".parse().expect("an address");
        let v6: SocketAddr = "[::1]:0".parse().expect("an address");
        assert_eq!(usable(vec![v6, v4], SocketAddr::is_ipv4), [v4]);
        assert_eq!(usable(vec![v6, v4], |_| true), [v6, v4]);
        assert_eq!(usable(vec![v6, v4], |_| false), [v6, v4], "in their order");
        assert_eq!(usable(vec![v6], SocketAddr::is_ipv4), [v6]);
        assert!(has_route(&v4));
    }
}
