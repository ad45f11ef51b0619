//! The connection to the management API: name, address, certificate, proxy, and the difference of the clocks. Sends no
//! token.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use jiff::SignedDuration;
use rollout::human;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use url::Url;

use super::check::Check;
use super::finding::Finding;

/// A look-up of a name, or a connection, that takes longer has failed.
const STEP_TIMEOUT: Duration = Duration::from_secs(3);

/// Beyond this, tokens and windows of time may be refused as too old or too young.
const SKEW_WARN: Duration = Duration::from_secs(60);
/// Beyond this they are refused: the identity service allows five minutes.
const SKEW_FAIL: Duration = Duration::from_mins(5);

/// Variables that name a proxy for https, as most programs read them.
const PROXY_VARIABLES: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

/// How far a request to the endpoint came.
#[derive(Debug)]
pub(crate) enum Reach {
    Answered {
        status: u16,
    },
    Unresolved {
        reason: String,
    },
    Unconnected {
        addresses: Vec<SocketAddr>,
        reason: String,
    },
    /// There is a connection and no response: TLS, a proxy, or a server that is silent.
    Unanswered {
        reason: String,
    },
}

impl Reach {
    /// Returns how far the request came that had this response. Without one, resolves the name and connects again to
    /// find the step that fails.
    pub(crate) async fn of(base: &Url, response: &anyhow::Result<u16>) -> Reach {
        let error = match response {
            Ok(status) => return Reach::Answered { status: *status },
            Err(error) => error,
        };
        let host = base.host_str().unwrap_or_default();
        let port = base.port_or_known_default().unwrap_or(443);
        let addresses = match resolve(host, port).await {
            Ok(addresses) => addresses,
            Err(reason) => return Reach::Unresolved { reason },
        };
        match connect(&addresses).await {
            Ok(()) => Reach::Unanswered {
                reason: error.to_string(),
            },
            Err(error) => Reach::Unconnected {
                addresses,
                reason: error.to_string(),
            },
        }
    }
}

/// Judges whether the endpoint answers. `means` describes how it is reached.
pub(crate) fn endpoint(base: &Url, means: &str, reach: &Reach) -> Finding {
    let check = Check::Endpoint;
    let host = base.host_str().unwrap_or_default();
    match reach {
        Reach::Answered { status } => {
            Finding::ok(check, format!("{base} answers (status {status}); {means}"))
        }
        Reach::Unresolved { reason } => Finding::refused(
            check,
            format!("{host} cannot be resolved: {reason}; {means}"),
        )
        .advise("check the name and the machine's DNS"),
        Reach::Unconnected { addresses, reason } => {
            let detail = format!(
                "no connection to {host} at {}: {reason}; {means}",
                rollout::listed(addresses)
            );
            Finding::refused(check, detail)
                .advise("check the endpoint's address, the network and its firewall")
        }
        Reach::Unanswered { reason } => {
            Finding::refused(check, format!("{reason}; {means}")).advise(
                "if a proxy on the network signs certificates of its own, name its authority with SSL_CERT_FILE",
            )
        }
    }
}

/// Judges the clock. `ahead` is how far the endpoint's clock is ahead of this machine's.
pub(crate) fn clock(ahead: Option<SignedDuration>) -> Finding {
    let check = Check::Clock;
    let Some(ahead) = ahead else {
        let detail = "the endpoint's time is not known, because it sent no response with a date";
        return Finding::unknown(check, detail);
    };
    // The date of a response is in whole seconds.
    let skew = Duration::from_secs(ahead.unsigned_abs().as_secs());
    let side = if ahead.is_negative() {
        "ahead of"
    } else {
        "behind"
    };
    let detail = if skew.is_zero() {
        "it agrees with the endpoint's to the second".to_owned()
    } else {
        format!("this machine is {} {side} the endpoint", human(skew))
    };
    let advice = "set the clock by the network's time, for example with `timedatectl set-ntp true`";
    if skew > SKEW_FAIL {
        Finding::refused(check, detail).advise(advice)
    } else if skew > SKEW_WARN {
        Finding::warn(check, detail).advise(advice)
    } else {
        Finding::ok(check, detail)
    }
}

/// Describes by which certificates an endpoint with https is trusted, and through which proxy it is reached.
pub(crate) fn certificates_and_proxy() -> String {
    format!("{}{}", authorities(), proxy())
}

fn authorities() -> String {
    for name in ["SSL_CERT_FILE", "SSL_CERT_DIR"] {
        if let Some(path) = set(name) {
            return format!("trusted by the certificates in {path} ({name})");
        }
    }
    "trusted by the system's certificates".to_owned()
}

/// Returns the name of the variable, not its value, which may hold a password.
fn proxy() -> String {
    match PROXY_VARIABLES.into_iter().find(|name| set(name).is_some()) {
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
    let found = timeout(STEP_TIMEOUT, lookup_host((host, port))).await;
    let addresses: Vec<SocketAddr> = match found {
        Ok(Ok(addresses)) => addresses.collect(),
        Ok(Err(error)) => return Err(error.to_string()),
        Err(_) => return Err(format!("no answer within {}", human(STEP_TIMEOUT))),
    };
    if addresses.is_empty() {
        return Err("the name has no address".to_owned());
    }
    Ok(addresses)
}

/// Connects to the first address that accepts.
async fn connect(addresses: &[SocketAddr]) -> io::Result<()> {
    let connected = timeout(STEP_TIMEOUT, TcpStream::connect(addresses)).await;
    connected.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
    Ok(())
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::super::finding::Grade;
    use super::*;
    use crate::exit::Exit;

    #[test]
    fn clocks_may_differ_by_a_minute_and_must_not_by_five() {
        let grade = |seconds| clock(Some(SignedDuration::from_secs(seconds))).grade;
        assert_eq!([grade(0), grade(60), grade(-60)], [Grade::Ok; 3]);
        assert_eq!([grade(61), grade(-61), grade(300)], [Grade::Warn; 3]);
        assert_eq!(
            [grade(301), grade(-301), grade(-86_400)],
            [Grade::Refused(Exit::Refused); 3]
        );
        assert_eq!(clock(None).grade, Grade::Unknown);
    }

    #[test]
    fn clock_that_differs_is_said_to_be_ahead_or_behind() {
        let detail = |seconds| clock(Some(SignedDuration::from_secs(seconds))).detail;
        assert_eq!(detail(90), "this machine is 90 s behind the endpoint");
        assert_eq!(detail(-600), "this machine is 10 min ahead of the endpoint");
    }
}
