//! The way to the management API: name, connection, certificate, proxy, and the difference of the clocks.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use azure::{ArmError, Endpoint};
use rollout::human;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

use super::finding::Finding;

/// A name or a connection that takes longer is as good as none.
const PATIENCE: Duration = Duration::from_secs(3);

/// From here on tokens and windows of time may be refused as too old or too young.
const SKEW_WARN: Duration = Duration::from_secs(60);
/// From here on they are: the identity service allows five minutes.
const SKEW_FAIL: Duration = Duration::from_mins(5);

/// Variables that name a proxy for https, as most programs read them.
const PROXIES: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

/// Says whether the endpoint answers, by which certificates it is trusted; or at which step the way ends.
pub(super) async fn endpoint(endpoint: &Endpoint, reached: &Result<u16, ArmError>) -> Finding {
    let (check, base) = ("endpoint", endpoint.base());
    let means = match endpoint.is_plain_loopback() {
        true => "plain http on this machine".to_owned(),
        false => format!("{}{}", authorities(), proxy()),
    };
    let error = match reached {
        Ok(status) => {
            return Finding::ok(check, format!("{base} answers (status {status}); {means}"));
        }
        Err(error) => error,
    };
    let host = base.host_str().unwrap_or_default();
    let port = base.port_or_known_default().unwrap_or(443);
    let addresses = match resolve(host, port).await {
        Ok(addresses) => addresses,
        Err(reason) => {
            let next = "check the name and the machine's DNS".to_owned();
            let detail = format!("{host} cannot be resolved: {reason}; {means}");
            return Finding::fail(check, detail, Some(next));
        }
    };
    if let Err(reason) = connect(&addresses).await {
        let shown: Vec<String> = addresses.iter().map(SocketAddr::to_string).collect();
        let detail = format!(
            "no connection to {host} at {}: {reason}; {means}",
            shown.join(", ")
        );
        let next = "check the endpoint's address, the network and its firewall".to_owned();
        return Finding::fail(check, detail, Some(next));
    }
    let next = "if something on the way signs certificates of its own, name its authority with SSL_CERT_FILE".to_owned();
    Finding::fail(check, format!("{error}; {means}"), Some(next))
}

/// Says how far the clocks differ.
pub(super) fn clock(ahead: Option<jiff::SignedDuration>) -> Finding {
    let check = "clock";
    let Some(ahead) = ahead else {
        let detail = "the endpoint's time is not known, because it gave no answer with a date";
        return Finding::unknown(check, detail.to_owned());
    };
    let (skew, side) = (
        ahead.unsigned_abs(),
        match ahead.is_negative() {
            true => "ahead of",
            false => "behind",
        },
    );
    // The service's time is told in whole seconds.
    let skew = Duration::from_secs(skew.as_secs());
    let detail = match skew.is_zero() {
        true => "it agrees with the endpoint's to the second".to_owned(),
        false => format!("this machine is {} {side} the endpoint", human(skew)),
    };
    let next = || {
        Some(
            "set the clock by the network's time, for example with `timedatectl set-ntp true`"
                .to_owned(),
        )
    };
    match skew {
        _ if skew > SKEW_FAIL => Finding::fail(check, detail, next()),
        _ if skew > SKEW_WARN => Finding::warn(check, detail, next()),
        _ => Finding::ok(check, detail),
    }
}

fn authorities() -> String {
    for name in ["SSL_CERT_FILE", "SSL_CERT_DIR"] {
        if let Some(path) = set(name) {
            return format!("trusted by the certificates in {path} ({name})");
        }
    }
    "trusted by the system's certificates".to_owned()
}

/// Names the variable alone: its value may hold a password.
fn proxy() -> String {
    match PROXIES.into_iter().find(|name| set(name).is_some()) {
        Some(name) => format!("; through the proxy in {name}, except for what NO_PROXY names"),
        None => "; no proxy".to_owned(),
    }
}

fn set(name: &str) -> Option<String> {
    let value = std::env::var_os(name).filter(|value| !value.is_empty())?;
    Some(value.to_string_lossy().into_owned())
}

async fn resolve(host: &str, port: u16) -> Result<Vec<SocketAddr>, String> {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let found = timeout(PATIENCE, lookup_host((host, port))).await;
    let addresses: Vec<SocketAddr> = match found {
        Ok(Ok(addresses)) => addresses.collect(),
        Ok(Err(error)) => return Err(error.to_string()),
        Err(_) => return Err(format!("no answer within {}", human(PATIENCE))),
    };
    match addresses.is_empty() {
        true => Err("the name has no address".to_owned()),
        false => Ok(addresses),
    }
}

/// Connects to any of them.
async fn connect(addresses: &[SocketAddr]) -> io::Result<()> {
    let connected = timeout(PATIENCE, TcpStream::connect(addresses)).await;
    connected.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
    Ok(())
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::super::finding::State;
    use super::*;

    #[test]
    fn clocks_may_differ_by_a_minute_and_must_not_by_five() {
        let state = |seconds| clock(Some(SignedDuration::from_secs(seconds))).state;
        assert_eq!([state(0), state(60), state(-60)], [State::Ok; 3]);
        assert_eq!([state(61), state(-61), state(300)], [State::Warn; 3]);
        assert_eq!([state(301), state(-301), state(-86_400)], [State::Fail; 3]);
        assert_eq!(clock(None).state, State::Unknown);
    }

    #[test]
    fn clock_says_which_side_is_late() {
        let says = |seconds| clock(Some(SignedDuration::from_secs(seconds))).detail;
        assert_eq!(says(90), "this machine is 90 s behind the endpoint");
        assert_eq!(says(-600), "this machine is 10 min ahead of the endpoint");
    }
}
