//! What the gate says of itself.

#[cfg(test)]
mod tests;

/// The JSON Schema (draft 2020-12) of the settings, as its text.
pub const SETTINGS_SCHEMA: &str = include_str!("settings.schema.json");
/// What the gate does.
pub const SUMMARY: &str =
    "Compares what canary and stable really served: rolls back, goes on or waits, by evidence.";
