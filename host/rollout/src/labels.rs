//! Labels that a rollout moves: each belongs to a role, and goes to the revision that has it once the canary has all
//! traffic.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::traffic::Traffic;

/// The labels that the write of 100 % moves. A revision has one label at most, so each role has one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Labels {
    /// The label that the canary gets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canary: Option<String>,
    /// The label that the revision gets which was stable until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stable: Option<String>,
}

impl Labels {
    /// Returns whether no label moves.
    pub fn is_empty(&self) -> bool {
        *self == Labels::default()
    }

    /// Returns the labels in a fixed order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        let labels = [&self.canary, &self.stable];
        labels.into_iter().filter_map(|label| label.as_deref())
    }

    /// Returns an array in which the labels are where the roles are.
    #[must_use]
    pub fn moved(&self, traffic: Traffic, stable: &str, canary: &str) -> Traffic {
        let roles = [(&self.canary, canary), (&self.stable, stable)];
        let labels = roles.into_iter();
        traffic.with_labels(
            labels.filter_map(|(label, revision)| Some((label.as_deref()?, Some(revision)))),
        )
    }
}
