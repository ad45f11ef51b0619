//! The gate's description of itself.
//!
//! Must not depend on settings or requests: lockgate calls `describe` when it loads the gate.

use serde_json::{Value, json};

use crate::words;

#[cfg(test)]
mod tests;

/// The JSON Schema (draft 2020-12) of the settings, as its text.
pub const SETTINGS_SCHEMA: &str = include_str!("settings.schema.json");

/// Returns the JSON object of `about.describe` in the contract.
pub fn describe() -> String {
    let schema: Value = serde_json::from_slice(SETTINGS_SCHEMA.as_bytes())
        .expect("the embedded schema is JSON: a native test parses it");
    words::json(&json!({
        "name": env!("CARGO_PKG_NAME"),
        "version": env!("CARGO_PKG_VERSION"),
        "summary": "Asks the canary over HTTP: status, body, latency; also beside the stable.",
        "settings": schema,
        "origins": [],
    }))
}
