//! What the gate says of itself before a rollout begins.
//!
//! Must stay free of settings and of requests: `describe` is called when the gate is loaded.

use serde_json::{Value, json};

use crate::words;

#[cfg(test)]
mod tests;

/// The JSON Schema (draft 2020-12) of the settings, as its text.
pub const SETTINGS_SCHEMA: &str = include_str!("settings.schema.json");

/// Returns the JSON object that `about.describe` of the contract asks for.
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
