//! What the gate says of itself.

#[cfg(test)]
mod tests;

/// The JSON Schema (draft 2020-12) of the settings, as its text.
pub const SETTINGS_SCHEMA: &str = include_str!("settings.schema.json");
/// What the gate does.
pub const SUMMARY: &str =
    "Asks the canary over HTTP: status, body, latency; also beside the stable.";
