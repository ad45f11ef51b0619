//! Failures of requests in the words of other tools, as errors of the contract.

use crate::outside::exchange::ExchangeError;

/// Names of failures to resolve a name, as Chromium, Firefox and Node.js write them, and lockgate itself.
const UNRESOLVED: [&str; 5] = [
    "ERR_NAME_NOT_RESOLVED",
    "NS_ERROR_UNKNOWN_HOST",
    "ENOTFOUND",
    "EAI_AGAIN",
    "unresolved: ",
];
/// Names of failures to trust a certificate, likewise.
const UNTRUSTED: [&str; 6] = [
    "ERR_CERT_",
    "SEC_ERROR_",
    "SSL_ERROR_BAD_CERT_DOMAIN",
    "SELF_SIGNED_CERT",
    "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    "untrusted: ",
];

/// Returns the error that another tool wrote as a text: what its machine could not see is no evidence here either.
pub(super) fn failure_in_words(why: String) -> ExchangeError {
    let names = |names: &[&str]| names.iter().any(|name| why.contains(name));
    if names(&UNRESOLVED) {
        ExchangeError::Unresolved(why)
    } else if names(&UNTRUSTED) {
        ExchangeError::Untrusted(why)
    } else {
        ExchangeError::Unreachable(why)
    }
}
