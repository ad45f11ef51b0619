//! The gate's description of itself, which lockgate reads when it loads the gate.

use serde_json::{Value, json};

/// The JSON Schema (draft 2020-12) of the settings, as its text.
pub const SETTINGS_SCHEMA: &str = include_str!("settings.schema.json");

/// Returns the JSON object of `about.describe` in the contract.
pub fn describe() -> String {
    let schema: Value =
        serde_json::from_str(SETTINGS_SCHEMA).expect("a test parses the embedded schema");
    json!({
        "name": env!("CARGO_PKG_NAME"),
        "version": env!("CARGO_PKG_VERSION"),
        "summary": "Buys something from the canary, reads the order back, and deletes it again.",
        "settings": schema,
        "origins": [],
    })
    .to_string()
}
