//! The shape of a case file (`*.case.toml`). Every unknown key is an error.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::config::{GateKind, LimitsSection, Span};

/// One case.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct CaseFile {
    /// The name of a built-in plugin, or the path of a component, relative to this file.
    pub(crate) gate: String,
    /// Which question. Default: the recorded one, else the gate's only one.
    pub(crate) kind: Option<GateKind>,
    /// What the case shows, for people.
    #[serde(default)]
    pub(crate) about: String,
    /// The gate's settings. Default: the recorded ones.
    pub(crate) settings: Option<Map<String, Value>>,
    /// HAR files to answer from, relative to this file. The question is the first one's, where it holds one.
    #[serde(default)]
    pub(crate) recordings: Vec<PathBuf>,
    /// Requests must come in exactly the given order, and none may be left.
    #[serde(default)]
    pub(crate) strict: bool,
    /// Where randomness comes from. Default: the recording's seed, else always the same.
    pub(crate) seed: Option<String>,
    /// The limits of the call.
    #[serde(default)]
    pub(crate) limits: LimitsSection,
    /// What the gate is told.
    #[serde(default)]
    pub(crate) context: Context,
    /// The latest reports of the health checks, for a promotion gate.
    #[serde(default)]
    pub(crate) reports: Vec<NamedReport>,
    /// Written answers, in order; they come before those of the recordings.
    #[serde(default)]
    pub(crate) answers: Vec<WrittenAnswer>,
    /// What the platform counted.
    #[serde(default)]
    pub(crate) counts: Vec<WrittenCounts>,
    /// What the gate is to say.
    pub(crate) expect: Option<Expect>,
}

/// What the gate is told; what is not given is as recorded, else as before the only stage of a rollout.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct Context {
    pub(crate) run: Option<String>,
    pub(crate) app: Option<String>,
    /// The origins of the two revisions. Default `https://stable.example` and `https://canary.example`.
    pub(crate) stable: Option<String>,
    pub(crate) canary: Option<String>,
    /// Where recordings of other tools have them. Default: the origin of the first entry.
    pub(crate) recorded_stable: Option<String>,
    pub(crate) recorded_canary: Option<String>,
    pub(crate) stage: Option<u32>,
    pub(crate) stages: Option<u32>,
    pub(crate) weight: Option<u32>,
    pub(crate) next_weight: Option<u32>,
    pub(crate) asked: Option<u32>,
    /// What the gate left behind last time: text, or `base64:…`.
    pub(crate) state: Option<String>,
}

/// A health check's latest report.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct NamedReport {
    pub(crate) gate: String,
    pub(crate) verdict: VerdictWord,
    #[serde(default)]
    pub(crate) reason: String,
    #[serde(default)]
    pub(crate) measurements: Vec<Measured>,
}

/// One number in a report.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Measured {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) subject: String,
    pub(crate) value: f64,
    #[serde(default)]
    pub(crate) unit: String,
}

/// An answer that nobody recorded.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct WrittenAnswer {
    /// Default `GET`.
    pub(crate) method: Option<String>,
    /// A path of the canary (`/health`), one of stable (`stable:/health`), or a whole URL.
    pub(crate) url: String,
    /// The request's body. Default: whatever it is.
    pub(crate) request_body: Option<String>,
    /// Default 200.
    pub(crate) status: Option<u16>,
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, String>,
    /// The body as text, as JSON, from a file relative to this one, or as base64: one of them.
    pub(crate) body: Option<String>,
    pub(crate) json: Option<Value>,
    pub(crate) file: Option<PathBuf>,
    pub(crate) base64: Option<String>,
    /// How long it takes. Default: no time.
    pub(crate) delay: Option<Span>,
    /// Instead of an answer.
    pub(crate) error: Option<ErrorWord>,
    /// How often it is given. Default once.
    pub(crate) times: Option<u32>,
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ErrorWord {
    Timeout,
    Unreachable,
    Denied,
    Invalid,
    TooLarge,
    Budget,
}

/// What the platform counted in a window.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct WrittenCounts {
    pub(crate) window: Span,
    /// `stable.2xx = 100`: by revision and class of status.
    #[serde(default)]
    pub(crate) stable: BTreeMap<String, f64>,
    #[serde(default)]
    pub(crate) canary: BTreeMap<String, f64>,
    /// Instead of counts: why there are none.
    pub(crate) error: Option<String>,
}

/// A verdict by its word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum VerdictWord {
    Pass,
    Fail,
    Hold,
}

impl VerdictWord {
    pub(crate) fn word(self) -> &'static str {
        match self {
            VerdictWord::Pass => "pass",
            VerdictWord::Fail => "fail",
            VerdictWord::Hold => "hold",
        }
    }
}

/// Why a gate could not answer, by its word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum FailureWord {
    Declined,
    Trap,
    Deadline,
    Limit,
    InvalidAnswer,
}

impl FailureWord {
    pub(crate) fn word(self) -> &'static str {
        match self {
            FailureWord::Declined => "declined",
            FailureWord::Trap => "trap",
            FailureWord::Deadline => "deadline",
            FailureWord::Limit => "limit",
            FailureWord::InvalidAnswer => "invalid-answer",
        }
    }
}

/// What the gate is to say: `verdict` or `failure`, and as much more as matters.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct Expect {
    pub(crate) verdict: Option<VerdictWord>,
    pub(crate) failure: Option<FailureWord>,
    /// A piece of the reason, or of the failure's text.
    pub(crate) reason_contains: Option<String>,
    /// Each has to be there, within its bounds.
    pub(crate) measurements: Vec<Bounds>,
    /// The requests in order, such as `GET canary:/health`.
    pub(crate) requests: Option<Vec<String>>,
    /// The most virtual time that it may take.
    pub(crate) within: Option<Span>,
}

/// Bounds of one measurement.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Bounds {
    pub(crate) name: String,
    pub(crate) subject: Option<String>,
    pub(crate) min: Option<f64>,
    pub(crate) max: Option<f64>,
}
