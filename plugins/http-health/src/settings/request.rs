//! Parses the settings of the request: path, method, header fields and body.
//!
//! Refuses what the host would refuse at every attempt, so that the mistake is found before the
//! rollout.

use super::error::SettingsError;
use super::table::{Table, text};
use crate::words::excerpt;

/// The largest request body that the host sends (`http.request.body` in the contract).
const BODY_BYTES_MAX: usize = 1024 * 1024;

/// The header fields that only the host sets (`http.request.headers` in the contract).
const HOST_HEADERS: [&str; 11] = [
    "connection",
    "content-length",
    "expect",
    "forwarded",
    "host",
    "keep-alive",
    "metadata",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

pub(super) fn path_of(table: &Table) -> Result<Option<String>, SettingsError> {
    let wanted = "a path such as \"/health\": begins with /, ASCII without spaces, no # part";
    table.read("path", wanted, |value| {
        text(value).filter(|path| {
            let plain = path
                .bytes()
                .all(|byte| byte.is_ascii_graphic() && byte != b'#');
            plain && path.starts_with('/')
        })
    })
}

pub(super) fn method_of(table: &Table) -> Result<String, SettingsError> {
    let method = table.read(
        "method",
        "a method in upper case such as \"GET\"",
        |value| {
            text(value).filter(|method| {
                let known = method
                    .bytes()
                    .all(|byte| byte.is_ascii_uppercase() || byte == b'-');
                known && method.starts_with(|first: char| first.is_ascii_uppercase())
            })
        },
    )?;
    Ok(method.unwrap_or_else(|| "GET".to_owned()))
}

pub(super) fn headers_of(table: &Table) -> Result<Vec<(String, String)>, SettingsError> {
    let mut headers = Vec::new();
    for (name, value) in table.entries("headers")? {
        let refused = |wanted| SettingsError::Header {
            name: excerpt(name),
            wanted,
        };
        if name.is_empty() || !name.bytes().all(is_token_byte) {
            return Err(refused(
                "a name of letters, digits and any of !#$%&'*+-.^_`|~",
            ));
        }
        let lower = name.to_ascii_lowercase();
        let prefixed = lower.starts_with("proxy-") || lower.starts_with("x-forwarded-");
        if prefixed || HOST_HEADERS.contains(&lower.as_str()) {
            return Err(refused("another name, as lockgate sets this header itself"));
        }
        let printable = |byte: u8| matches!(byte, b'\t' | b' '..=b'~');
        let value = text(value).filter(|value| value.bytes().all(printable));
        let value = value.ok_or_else(|| refused("a string of printable ASCII as its value"))?;
        headers.push((name.clone(), value));
    }
    Ok(headers)
}

/// Returns whether the byte may be in a token by RFC 9110, section 5.6.2.
fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

pub(super) fn body_of(table: &Table) -> Result<Option<String>, SettingsError> {
    table.read("body", "a string of at most 1 MiB", |value| {
        text(value).filter(|body| body.len() <= BODY_BYTES_MAX)
    })
}
