//! The predicate: what is attested about a run.

use rollout::{Intent, Kind, Outcome, Traffic};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::GateMode;
use crate::event::{AppShape, GateShape};

/// The type of the predicate, with its version.
pub(crate) const PREDICATE_TYPE: &str = "urn:lockgate:predicate:rollout:1";

/// What is attested about one process of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Predicate {
    /// The version of lockgate that led the run.
    pub(super) lockgate: String,
    /// The run's id.
    pub(super) run: String,
    /// What it was for.
    pub(super) intent: Intent,
    /// The app.
    pub(super) app: AppShape,
    /// The revision that served before.
    pub(super) stable: RevisionShape,
    /// The revision that the run is about.
    pub(super) canary: RevisionShape,
    /// When it began and ended.
    pub(super) began: String,
    pub(super) ended: String,
    /// The gates, with the digests of their components.
    pub(super) gates: Vec<GateShape>,
    /// Every answer, in order.
    pub(super) verdicts: Vec<VerdictShape>,
    /// The traffic whenever a read showed another than the one before.
    pub(super) read_back: Vec<ReadBack>,
    /// How it ended.
    pub(super) outcome: Outcome,
    /// The exit code of the process.
    pub(super) exit_code: u8,
    /// The journal that all this is from.
    pub(super) journal: JournalShape,
}

/// A revision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct RevisionShape {
    /// Its full name.
    pub(super) name: String,
    /// The image of its first container.
    pub(super) image: String,
}

/// One answer of a gate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct VerdictShape {
    /// Milliseconds since the process began.
    pub(super) at_ms: u64,
    /// The gate's name in the configuration.
    pub(super) gate: String,
    /// The kind of question.
    pub(super) kind: Kind,
    /// Whether the answer decided.
    pub(super) mode: GateMode,
    /// The canary's weight when it was asked, in per cent.
    pub(super) weight: u32,
    /// `pass`, `fail` or `hold`; `failure` where the gate could not answer.
    pub(super) verdict: String,
    /// The reason in the gate's words, or why it could not answer.
    pub(super) reason: String,
}

/// What a read showed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct ReadBack {
    /// Milliseconds since the process began.
    pub(super) at_ms: u64,
    /// The whole traffic array.
    pub(super) traffic: Traffic,
}

/// A journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct JournalShape {
    /// The number of its lines.
    pub(super) lines: usize,
    /// The SHA-256 of the file, in hex.
    pub(super) sha256: String,
}
