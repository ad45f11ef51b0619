//! Reads the settings of the request that the host may refuse at every attempt: header fields and body.

use serde_json::Value;

use super::error::SettingsError;
use super::table::Table;
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

pub(super) fn headers_of(table: &Table) -> Result<Vec<(String, String)>, SettingsError> {
    let mut headers = Vec::new();
    for (name, value) in table.entries("headers") {
        let lower = name.to_ascii_lowercase();
        let prefixed = lower.starts_with("proxy-") || lower.starts_with("x-forwarded-");
        if prefixed || HOST_HEADERS.contains(&lower.as_str()) {
            return Err(SettingsError::Header {
                name: excerpt(name),
                wanted: "another name, as lockgate sets this header itself",
            });
        }
        let value = value.as_str().unwrap_or_default();
        headers.push((name.clone(), value.to_owned()));
    }
    Ok(headers)
}

/// The schema counts characters, and the host bytes.
pub(super) fn body_of(table: &Table) -> Result<Option<String>, SettingsError> {
    let Some(body) = table.get("body").and_then(Value::as_str) else {
        return Ok(None);
    };
    if body.len() > BODY_BYTES_MAX {
        let wanted = "a string of at most 1 MiB";
        return Err(SettingsError::refused("body", &Value::from(body), wanted));
    }
    Ok(Some(body.to_owned()))
}
