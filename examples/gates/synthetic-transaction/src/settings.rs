//! The operator's settings. lockgate checks the ranges by `settings.schema.json` before it calls the
//! gate; a test compares the defaults of the two.

use serde::Deserialize;

#[cfg(test)]
mod tests;

/// The settings. An unknown key is refused.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// The user that signs in.
    pub user: String,
    /// The password of the demo shop. Settings are not the place for a secret.
    pub password: String,
    /// The item to buy.
    pub item: String,
    /// The number of items, 1 to 100.
    pub quantity: u64,
    /// The time for each step, in milliseconds.
    pub budget_ms: u32,
    /// The longest time for all steps together, without the clean-up, in milliseconds.
    pub max_total_ms: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            user: "demo".to_owned(),
            password: "demo".to_owned(),
            item: "tea".to_owned(),
            quantity: 1,
            budget_ms: 2_000,
            max_total_ms: 5_000,
        }
    }
}

impl Settings {
    /// Parses the JSON text of `context.settings`; absent keys have their defaults.
    pub fn parse(settings: &str) -> Result<Self, String> {
        serde_json::from_str(settings).map_err(|error| format!("settings: {error}"))
    }
}
