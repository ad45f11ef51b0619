//! What lockgate adds to the recording of a call: question, component, randomness, readings and result.
//!
//! Part of the format of recordings: a change of a member's name or meaning needs a new `CALL_VERSION`.

use rollout::{GateFailure, Report};
use serde::{Deserialize, Serialize};

use crate::call::ask::Ask;
use crate::outside::environment::Readings;
use crate::outside::randomness::Seed;

/// The version of lockgate's own members that is written, and the only one that is read.
pub(crate) const CALL_VERSION: u32 = 3;

/// What lockgate adds to the recording of a call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct RecordedCall {
    /// The version of these members: 3.
    pub version: u32,
    /// The question.
    pub ask: Ask,
    /// The component that was called.
    pub component: Component,
    /// The start of the call, in milliseconds since 1970.
    pub began_unix_ms: u64,
    /// The seed of the call's randomness.
    pub seed: Seed,
    /// What the call read beside HTTP.
    #[serde(default)]
    pub readings: Readings,
    /// The gate's report, or why there is none.
    #[serde(with = "rollout::answer_shape")]
    pub result: Result<Report, GateFailure>,
    /// The duration of the call, in milliseconds.
    pub took_ms: u64,
}

/// The identity of a component.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Component {
    /// The name that the component states.
    pub name: String,
    /// The version that the component states.
    pub version: String,
    /// The SHA-256 of its bytes in hex.
    pub sha256: String,
}
