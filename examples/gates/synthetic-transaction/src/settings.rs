//! The operator's settings. lockgate checks them against `settings.schema.json` and fills in its defaults
//! before it calls the gate, so that nothing of that is repeated here.

use serde::Deserialize;

#[cfg(test)]
pub(crate) mod tests;

/// The settings.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
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
