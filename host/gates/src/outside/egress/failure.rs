//! Whose fault a failed request is: the other side's, or this machine's, which cannot resolve its name, does not trust its
//! certificate, or cannot send at all. Pure.
//!
//! When in doubt it is the other side's: a request that may have left this machine is evidence.

use std::error::Error;
use std::io::{self, ErrorKind};
use std::iter::successors;

use super::resolver::{ForbiddenAddress, Unresolved};
use crate::outside::exchange::ExchangeError;

/// Codes of a lack of descriptors or buffers, and of a family of addresses that this machine does not have; the standard
/// library has no kind for them. On Linux: EMFILE, ENFILE, ENOBUFS, EAFNOSUPPORT.
const OWN_CODES: [i32; 4] = if cfg!(windows) {
    [10_024, 4, 10_055, 10_047]
} else if cfg!(target_os = "linux") {
    [24, 23, 105, 97]
} else {
    [24, 23, 55, 47]
};

/// Returns what a gate learns of a failed request.
pub(super) fn failure(error: &reqwest::Error) -> ExchangeError {
    let found = causes(error).find_map(|cause| {
        let forbidden = cause.downcast_ref::<ForbiddenAddress>();
        let forbidden = forbidden.map(|forbidden| ExchangeError::Denied(forbidden.0.clone()));
        forbidden.or_else(|| of_this_machine(cause))
    });
    found.unwrap_or_else(|| {
        if error.is_timeout() {
            ExchangeError::Timeout
        } else {
            ExchangeError::Unreachable(innermost(error))
        }
    })
}

/// Returns the failure of this machine that an error is, if it is one.
fn of_this_machine(cause: &(dyn Error + 'static)) -> Option<ExchangeError> {
    if let Some(Unresolved { name, error }) = cause.downcast_ref() {
        // A lookup needs descriptors too.
        return own(error).or_else(|| {
            let why = format!("{name} is not resolved from this machine: {error}");
            Some(ExchangeError::Unresolved(why))
        });
    }
    if let Some(error @ rustls::Error::InvalidCertificate(_)) = cause.downcast_ref() {
        let why = format!("the certificate is not trusted on this machine: {error}");
        return Some(ExchangeError::Untrusted(why));
    }
    own(cause.downcast_ref()?)
}

fn own(error: &io::Error) -> Option<ExchangeError> {
    let by_kind = matches!(
        error.kind(),
        ErrorKind::AddrNotAvailable
            | ErrorKind::HostUnreachable
            | ErrorKind::NetworkDown
            | ErrorKind::NetworkUnreachable
            | ErrorKind::OutOfMemory
            | ErrorKind::PermissionDenied
    );
    let by_code = error
        .raw_os_error()
        .is_some_and(|code| OWN_CODES.contains(&code));
    (by_kind || by_code)
        .then(|| ExchangeError::ThisMachine(format!("this machine cannot send: {error}")))
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

/// Returns the text of the innermost cause; the outer ones repeat the URL.
pub(super) fn innermost(error: &(dyn Error + 'static)) -> String {
    causes(error)
        .last()
        .map_or_else(String::new, ToString::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lack_of_this_machine_is_told_apart_from_what_the_other_side_did() {
        let own = |kind: ErrorKind| own(&kind.into()).is_some();
        assert!(own(ErrorKind::NetworkUnreachable) && own(ErrorKind::AddrNotAvailable));
        for theirs in [
            ErrorKind::ConnectionRefused,
            ErrorKind::ConnectionReset,
            ErrorKind::ConnectionAborted,
            ErrorKind::TimedOut,
            ErrorKind::UnexpectedEof,
        ] {
            assert!(!own(theirs), "{theirs}");
        }
        for code in OWN_CODES {
            let error = io::Error::from_raw_os_error(code);
            assert!(super::own(&error).is_some(), "{error}");
        }
    }

    #[test]
    fn causes_inside_io_errors_are_found() {
        let certificate =
            rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer);
        let wrapped = io::Error::other(io::Error::other(certificate));
        let found = causes(&wrapped).find_map(of_this_machine);
        assert!(
            matches!(found, Some(ExchangeError::Untrusted(_))),
            "{found:?}"
        );
        let alert = rustls::Error::AlertReceived(rustls::AlertDescription::HandshakeFailure);
        let wrapped = io::Error::other(alert);
        assert_eq!(causes(&wrapped).find_map(of_this_machine), None);
    }
}
