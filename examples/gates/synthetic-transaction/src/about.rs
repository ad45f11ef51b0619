//! What the gate says of itself before a rollout begins.

use serde_json::{Value, json};

/// The JSON Schema (draft 2020-12) of the settings, as its text.
pub const SETTINGS_SCHEMA: &str = include_str!("settings.schema.json");

/// Returns the JSON object that `about.describe` of the contract asks for.
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
