//! One request: the HTTP client with its limits, what an error of it means, and a body that is read within a bound.
//!
//! Follows no redirect and repeats nothing; `session` decides both.

use std::error::Error;
use std::io;
use std::iter::successors;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::Response;
use url::Url;

use crate::limits::Limits;
use crate::place::host_of;
use crate::problem::Problem;

/// Returns a client. It uses the proxy of the environment (`HTTPS_PROXY`, `NO_PROXY`), except for a registry on this machine,
/// and the machine's root certificates or those that `SSL_CERT_FILE` names.
pub(crate) fn client(on_this_machine: bool, limits: &Limits) -> Result<reqwest::Client, Problem> {
    let loopback = [
        SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        SocketAddr::from((Ipv6Addr::LOCALHOST, 0)),
    ];
    let mut builder = reqwest::Client::builder();
    if on_this_machine {
        builder = builder.no_proxy();
    }
    builder
        .user_agent(concat!("lockgate/", env!("CARGO_PKG_VERSION")))
        // A redirect could carry credentials to another host.
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .retry(reqwest::retry::never())
        .http1_only()
        .connect_timeout(limits.connect)
        .read_timeout(limits.silence)
        // A resolver must not be able to move what counts as this machine to another one.
        .resolve_to_addrs("localhost", &loopback)
        .build()
        .map_err(|error| Problem::Tls {
            reason: innermost(&error),
        })
}

/// Returns what a request that got no answer means.
pub(crate) fn lost(error: reqwest::Error, url: &Url, limits: &Limits) -> Problem {
    let error = &error.without_url();
    let host = host_of(url);
    if let Some(reason) = untrusted(error) {
        return Problem::Untrusted { host, reason };
    }
    if error.is_timeout() && !error.is_connect() {
        let seconds = limits.silence.as_secs();
        return Problem::TooSlow { host, seconds };
    }
    Problem::Unreachable {
        host,
        reason: innermost(error),
    }
}

/// Returns whether a server that cannot be used speaks TLS all the same: what it sent could be read.
pub(crate) fn speaks_tls(error: &reqwest::Error) -> bool {
    let mut errors = causes(error).filter_map(|cause| cause.downcast_ref());
    errors.any(|error| !matches!(error, rustls::Error::InvalidMessage(_)))
}

/// Returns why a certificate is not trusted, if the error is about that.
fn untrusted(error: &reqwest::Error) -> Option<String> {
    causes(error).find_map(|cause| match cause.downcast_ref() {
        Some(error @ rustls::Error::InvalidCertificate(_)) => Some(error.to_string()),
        _ => None,
    })
}

/// Returns an error and its causes, outermost first. An `io::Error` hides the error that it wraps from `source`.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    let cause_of = |cause: &&'a (dyn Error + 'static)| {
        let cause: &'a (dyn Error + 'static) = *cause;
        let wrapped = cause.downcast_ref().and_then(io::Error::get_ref);
        wrapped.map_or_else(
            || cause.source(),
            |wrapped| Some(wrapped as &'a (dyn Error + 'static)),
        )
    };
    successors(Some(error), cause_of)
}

/// Returns the text of the innermost cause: the outer ones repeat the URL, which may hold a signature.
fn innermost(error: &(dyn Error + 'static)) -> String {
    causes(error)
        .last()
        .map_or_else(String::new, ToString::to_string)
}

/// The most that a body may have, and what to call it.
pub(crate) struct Bound<'a> {
    pub(crate) what: &'a str,
    pub(crate) max: usize,
    /// How many bytes it has to have, where that is known.
    pub(crate) expected: Option<usize>,
    /// The next step where it has too many.
    pub(crate) next: &'static str,
}

/// Reads a body.
///
/// # Errors
/// When it has more bytes than the bound, or ends early.
pub(crate) async fn body(
    mut response: Response,
    bound: &Bound<'_>,
    limits: &Limits,
) -> Result<Vec<u8>, Problem> {
    let url = response.url().clone();
    let declared = response.content_length();
    let declared = declared.and_then(|length| usize::try_from(length).ok());
    let max = bound.expected.unwrap_or(bound.max).min(bound.max);
    let too_large = || match bound.expected {
        Some(expected) => Problem::WrongSize {
            host: host_of(&url),
            what: bound.what.to_owned(),
            expected,
        },
        None => Problem::TooLarge {
            what: bound.what.to_owned(),
            max,
            next: bound.next,
        },
    };
    if declared.is_some_and(|length| length > max) {
        return Err(too_large());
    }
    let truncated = |got: usize| Problem::Truncated {
        host: host_of(&url),
        what: bound.what.to_owned(),
        got,
        expected: bound.expected.or(declared),
    };
    let mut bytes = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if bytes.len() + chunk.len() > max => return Err(too_large()),
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
            Ok(None) => break,
            Err(error) if error.is_timeout() => return Err(lost(error, &url, limits)),
            Err(_) => return Err(truncated(bytes.len())),
        }
    }
    match bound.expected {
        Some(expected) if bytes.len() < expected => Err(truncated(bytes.len())),
        _ => Ok(bytes),
    }
}
