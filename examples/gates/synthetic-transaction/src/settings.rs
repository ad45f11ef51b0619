//! What the operator wants of the gate. The ranges are those of `settings.schema.json`, which
//! lockgate has checked before it asks; a test holds the defaults of the two together.

use serde::Deserialize;

#[cfg(test)]
mod tests;

/// The settings. An unknown key is refused.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// The user that signs in.
    pub user: String,
    /// The password of the demo shop; no place for a secret.
    pub password: String,
    /// The item to buy.
    pub item: String,
    /// How many of it, 1 to 100.
    pub quantity: u64,
    /// The time for each step.
    pub budget_ms: u32,
    /// The most for all steps together, without the clean-up.
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
    /// Reads the JSON text of `context.settings`; what it leaves out has its default.
    pub fn parse(settings: &str) -> Result<Self, String> {
        serde_json::from_str(settings).map_err(|error| format!("settings: {error}"))
    }
}
