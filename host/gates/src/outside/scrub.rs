//! Masks secrets in all that a service answers, before a guest or a recording sees it (I-16).
//!
//! A compressed body is searched for what it holds. If that is a secret, the gate gets the masked text without compression,
//! as every service may answer; a file in gzip that no header names stays one. A body that cannot be searched is withheld.

use std::borrow::Cow;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::exchange::{ExchangeError, HttpResponse};
use super::secrets::Secrets;
use super::secrets::packed::{Body, unpack};

/// Masks secrets in the outcome of a request. A body of more than `body_bytes_max` is withheld, if masking made it so large.
pub(super) fn scrubbed(
    outcome: Result<HttpResponse, ExchangeError>,
    secrets: &Secrets,
    body_bytes_max: usize,
) -> Result<HttpResponse, ExchangeError> {
    if secrets.is_empty() {
        return outcome;
    }
    let scrub = |text: String| secrets.scrub_text(&text);
    match outcome {
        Ok(mut response) => {
            scrub_body(&mut response, secrets, body_bytes_max);
            for (_, value) in &mut response.headers {
                *value = secrets.scrub_text(value);
            }
            Ok(response)
        }
        Err(ExchangeError::Denied(why)) => Err(ExchangeError::Denied(scrub(why))),
        Err(ExchangeError::Invalid(why)) => Err(ExchangeError::Invalid(scrub(why))),
        Err(ExchangeError::Unreachable(why)) => Err(ExchangeError::Unreachable(scrub(why))),
        Err(ExchangeError::Unresolved(why)) => Err(ExchangeError::Unresolved(scrub(why))),
        Err(ExchangeError::Untrusted(why)) => Err(ExchangeError::Untrusted(scrub(why))),
        Err(ExchangeError::ThisMachine(why)) => Err(ExchangeError::ThisMachine(scrub(why))),
        Err(
            error
            @ (ExchangeError::Timeout | ExchangeError::TooLarge(_) | ExchangeError::Budget(_)),
        ) => Err(error),
    }
}

fn scrub_body(response: &mut HttpResponse, secrets: &Secrets, bytes_max: usize) {
    let encodings = response.headers.iter();
    let encodings = encodings.filter(|(name, _)| is_encoding(name));
    let encodings: Vec<&str> = encodings.map(|(_, value)| value.as_str()).collect();
    let masked = match unpack(&response.body, &encodings) {
        Body::Plain => masked(&response.body, secrets),
        Body::Unpacked(held) => masked(&held, secrets).map(|masked| {
            if encodings.is_empty() {
                gzip(&masked)
            } else if masked.len() > bytes_max {
                withheld("holds a secret and is too large without its compression")
            } else {
                masked
            }
        }),
        Body::Unreadable(why) => Some(withheld(&why)),
    };
    let Some(masked) = masked else { return };
    response.headers.retain(|(name, _)| !is_encoding(name));
    for (name, value) in &mut response.headers {
        if name == "content-length" {
            *value = masked.len().to_string();
        }
    }
    response.body = masked;
}

fn is_encoding(name: &str) -> bool {
    name == "content-encoding"
}

/// Returns the masked bytes; `None` when there is nothing to mask.
fn masked(bytes: &[u8], secrets: &Secrets) -> Option<Vec<u8>> {
    match secrets.scrub(bytes) {
        Cow::Borrowed(_) => None,
        Cow::Owned(masked) => Some(masked),
    }
}

/// Returns what a gate and its recording get instead of a body.
fn withheld(why: &str) -> Vec<u8> {
    format!("[redacted: this body {why}, so that secrets in it cannot be masked]").into_bytes()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    // Writing to memory does not fail.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}

#[cfg(test)]
mod tests;
