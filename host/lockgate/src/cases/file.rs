//! The format of a case file (`*.case.toml`), as TOML is parsed into it. Every unknown key is an error. Read `prepare` for
//! what the values become.

use std::collections::BTreeMap;
use std::path::PathBuf;

use rollout::{Measurement, Report, Verdict};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::config::{DurationText, GateKind, LimitsSection};

/// A test case of a gate.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct CaseFile {
    /// The name of a built-in plugin, the path of a component, relative to this file, or its place in a registry with the
    /// digest, from which it was pulled before.
    pub(crate) gate: String,
    /// The kind of call. Default: the recorded one, else the gate's only kind.
    pub(crate) kind: Option<GateKind>,
    /// What the case shows, for people; printed beside its result.
    #[serde(default)]
    pub(crate) about: String,
    /// The gate's settings. Default: the recorded ones.
    #[schemars(with = "Option<BTreeMap<String, serde_json::Value>>")]
    pub(crate) settings: Option<Map<String, Value>>,
    /// HAR files with responses, relative to this file. The first one that holds a call of lockgate sets the call.
    #[serde(default)]
    pub(crate) recordings: Vec<PathBuf>,
    /// Whether requests must come in exactly the order of the responses, and use them all.
    #[serde(default)]
    pub(crate) strict: bool,
    /// The seed of the gate's randomness. Default: the recording's, else a constant.
    pub(crate) seed: Option<String>,
    /// The limits of the call.
    #[serde(default)]
    pub(crate) limits: LimitsSection,
    /// Changes to the context of the call.
    #[serde(default)]
    pub(crate) context: ContextOverrides,
    /// The latest reports of the health checks, for a promotion gate.
    #[serde(default)]
    pub(crate) reports: Vec<NamedReport>,
    /// Responses in order; they come before those of the recordings.
    #[serde(default)]
    pub(crate) answers: Vec<ScriptedResponse>,
    /// The platform's request counts.
    pub(crate) traffic: Option<ScriptedTraffic>,
    /// Calls in a row, in place of one call. Each begins where the one before ended: with the state that the gate returned,
    /// the reports of its health checks, the responses that are left, and the time that has passed.
    #[serde(default)]
    pub(crate) call: Vec<CallSection>,
    /// The expected result of the only call.
    pub(crate) expect: Option<Expect>,
}

/// One call of several in a row. What it leaves out is as in the call before.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct CallSection {
    /// The time between the end of the call before and this one. Default: the time for which the gate asked with its hold,
    /// else the check interval of a rollout, 30 s.
    pub(crate) after: Option<DurationText>,
    /// The kind of call.
    pub(crate) kind: Option<GateKind>,
    /// Changes to the context: not of the run, the app or the revisions, which are those of the whole case.
    pub(crate) context: ContextOverrides,
    /// Further reports of health checks.
    pub(crate) reports: Vec<NamedReport>,
    /// Responses in order; they come before those that the calls before have left.
    pub(crate) answers: Vec<ScriptedResponse>,
    /// Newer slices of the platform's request counts; without an end of their own they end at the time of this call.
    pub(crate) traffic: Option<ScriptedTraffic>,
    /// The expected result.
    pub(crate) expect: Expect,
}

/// Changes to the context of the call. A key that is absent keeps the recorded value; without a recording, that of a
/// call before the only stage of a rollout.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct ContextOverrides {
    pub(crate) run: Option<String>,
    pub(crate) app: Option<String>,
    /// The stable revision's origin. Default `https://stable.example`.
    pub(crate) stable: Option<String>,
    /// The canary's origin. Default `https://canary.example`.
    pub(crate) canary: Option<String>,
    /// The stable revision's origin in recordings of other tools. Default: `recorded-canary`.
    pub(crate) recorded_stable: Option<String>,
    /// The canary's origin in recordings of other tools. Default: the origin of the first entry.
    pub(crate) recorded_canary: Option<String>,
    pub(crate) stage: Option<u32>,
    pub(crate) stages: Option<u32>,
    pub(crate) weight: Option<u32>,
    pub(crate) next_weight: Option<u32>,
    pub(crate) asked: Option<u32>,
    /// Since when the canary has its weight, in seconds since 1970.
    pub(crate) weight_since_s: Option<f64>,
    /// The time of the call, in seconds since 1970. Default: 946684800, the beginning of the year 2000.
    pub(crate) now_s: Option<f64>,
    /// What the pipeline hands over, by name.
    pub(crate) facts: Option<BTreeMap<String, String>>,
    /// The state from the gate's previous call: text, or `base64:…`.
    pub(crate) state: Option<String>,
}

/// The latest report of a health check.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct NamedReport {
    pub(crate) gate: String,
    pub(crate) verdict: VerdictName,
    #[serde(default)]
    pub(crate) reason: String,
    #[serde(default)]
    pub(crate) measurements: Vec<ReportedMeasurement>,
}

impl NamedReport {
    /// Returns the report as a gate gets it.
    pub(crate) fn report(&self) -> Report {
        let measurement = |reported: &ReportedMeasurement| Measurement {
            name: reported.name.clone(),
            subject: reported.subject.clone(),
            value: reported.value,
            unit: reported.unit.clone(),
        };
        Report {
            verdict: match self.verdict {
                VerdictName::Pass => Verdict::Pass,
                VerdictName::Fail => Verdict::Fail,
                VerdictName::Hold => Verdict::Hold { ask_again_ms: None },
            },
            reason: self.reason.clone(),
            measurements: self.measurements.iter().map(measurement).collect(),
            state: Vec::new(),
        }
    }
}

/// A measurement in a report.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct ReportedMeasurement {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) subject: String,
    pub(crate) value: f64,
    #[serde(default)]
    pub(crate) unit: String,
}

/// A response, or a failure, for one request.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct ScriptedResponse {
    /// The request's method. Default `GET`.
    pub(crate) method: Option<String>,
    /// A path of the canary (`/health`), one of stable (`stable:/health`), or a whole URL.
    pub(crate) url: String,
    /// The request's body. Default: any body matches.
    pub(crate) request_body: Option<String>,
    /// The status. Default 200.
    pub(crate) status: Option<u16>,
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, String>,
    /// The body as text. Of `body`, `json`, `file` and `base64` at most one may be there.
    pub(crate) body: Option<String>,
    /// The body as JSON; sets `content-type` where `headers` does not.
    pub(crate) json: Option<Value>,
    /// A file with the body, relative to this one.
    pub(crate) file: Option<PathBuf>,
    /// The body as base64.
    pub(crate) base64: Option<String>,
    /// The virtual time until the response. Default: none.
    pub(crate) delay: Option<DurationText>,
    /// A failure instead of a response.
    pub(crate) error: Option<ScriptedError>,
    /// How many requests get this response, 1 to 10000. Default 1.
    pub(crate) times: Option<u32>,
}

/// Why a request has no response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ScriptedError {
    Timeout,
    Unreachable,
    Denied,
    Invalid,
    TooLarge,
    Budget,
    Unresolved,
    Untrusted,
}

/// The platform's request counts. Every question about them gets these slices, or as many of the newest as it asks for.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct ScriptedTraffic {
    /// The length of a slice. Default: a minute.
    pub(crate) slice: Option<DurationText>,
    /// The end of the newest slice, in seconds since 1970. Default: the latest multiple of a slice's length that is not
    /// after `context.now-s`.
    pub(crate) end_s: Option<f64>,
    /// The slices, oldest first.
    #[serde(default)]
    pub(crate) slices: Vec<ScriptedSlice>,
    /// An error instead of slices.
    pub(crate) error: Option<String>,
}

/// The platform's request counts of one stretch of time.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct ScriptedSlice {
    /// Requests to the stable revision by class of status, such as `stable.2xx = 100`.
    #[serde(default)]
    pub(crate) stable: BTreeMap<String, f64>,
    /// Requests to the canary, likewise.
    #[serde(default)]
    pub(crate) canary: BTreeMap<String, f64>,
    /// How many slices like this follow each other, 1 to 1440. Default 1.
    pub(crate) times: Option<u32>,
}

/// A verdict by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum VerdictName {
    Pass,
    Fail,
    Hold,
}

impl VerdictName {
    /// Returns the name in case files.
    pub(crate) fn name(self) -> &'static str {
        match self {
            VerdictName::Pass => "pass",
            VerdictName::Fail => "fail",
            VerdictName::Hold => "hold",
        }
    }
}

/// Why a gate could not answer, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum FailureName {
    Declined,
    Trap,
    Deadline,
    Limit,
    InvalidAnswer,
}

impl FailureName {
    /// Returns the name in case files.
    pub(crate) fn name(self) -> &'static str {
        match self {
            FailureName::Declined => "declined",
            FailureName::Trap => "trap",
            FailureName::Deadline => "deadline",
            FailureName::Limit => "limit",
            FailureName::InvalidAnswer => "invalid-answer",
        }
    }
}

/// The expected result: `verdict` or `failure`, and any of the rest.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct Expect {
    pub(crate) verdict: Option<VerdictName>,
    pub(crate) failure: Option<FailureName>,
    /// A part of the reason, or of the failure's message.
    pub(crate) reason_contains: Option<String>,
    /// Measurements that the report must hold, with their bounds.
    pub(crate) measurements: Vec<ExpectedMeasurement>,
    /// All requests in order, such as `GET canary:/health`.
    pub(crate) requests: Option<Vec<String>>,
    /// The longest that the call may take, in virtual time.
    pub(crate) within: Option<DurationText>,
}

/// A measurement with its bounds, which are inclusive.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct ExpectedMeasurement {
    pub(crate) name: String,
    pub(crate) subject: Option<String>,
    pub(crate) min: Option<f64>,
    pub(crate) max: Option<f64>,
}
