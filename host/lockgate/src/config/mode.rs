//! Whether a gate decides about the rollout.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whether a gate decides about the rollout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum GateMode {
    /// Without its pass no stage begins, and its no rolls back.
    #[default]
    Required,
    /// It is asked beside the required gates, and its answers are recorded and reported. They decide nothing, and no step waits
    /// for them.
    Advisory,
}
