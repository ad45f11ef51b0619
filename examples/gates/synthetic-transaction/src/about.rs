//! What the gate says of itself.

/// The JSON Schema (draft 2020-12) of the settings, as its text.
pub const SETTINGS_SCHEMA: &str = include_str!("settings.schema.json");
/// What the gate does.
pub const SUMMARY: &str =
    "Buys something from the canary, reads the order back, and deletes it again.";
