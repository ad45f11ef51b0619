//! Every default that is a value, once. The JSON Schema takes its texts from here, and tests hold the help to them. The
//! engine's own defaults stay in `rollout::Timing`, the limits of a call in `gates::Limits`, Azure's in
//! `platform::defaults`; this file only puts them beside their keys.

use std::time::Duration;

use gates::Limits;
use rollout::{OnDeadline, Timing};
use serde_json::{Value, json};

use super::duration_text::DurationText;
use crate::platform::defaults as platform;

/// `rollout.stages`, in per cent.
pub(crate) const STAGES: [i64; 4] = [10, 25, 50, 100];
/// `rollout.bake`.
pub(crate) const BAKE: Duration = Duration::from_mins(5);
/// How long a stage with `pause = true` waits for an approval.
pub(crate) const PAUSE: Duration = Duration::from_hours(24);
/// `rollout.retire`.
pub(crate) const RETIRE: bool = false;
/// `rollout.retire-after`.
pub(crate) const RETIRE_AFTER: Duration = Duration::from_mins(5);
/// `deploy.ready-within`.
pub(crate) const READY_WITHIN: Duration = Duration::from_mins(10);
/// `state-dir`.
pub(crate) const STATE_DIR: &str = ".lockgate";
/// The folder of the runs below [`STATE_DIR`].
pub(crate) const RUNS_DIR: &str = ".lockgate/runs";
/// The name of the gate that decides where none is configured: a built-in plugin.
pub(crate) const GATE: &str = "http-health";
/// The name of the gate that judges real traffic beside it, where the times allow it: a built-in plugin.
pub(crate) const JUDGE: &str = "compare";
/// The canary's traffic after each shift that `compare` does not judge, without settings.
pub(crate) const WARM_UP: Duration = Duration::from_secs(60);

/// A key of the file with its default.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct KeyDefault {
    /// The path of the key, with `*` for the name of a gate.
    pub(crate) key: &'static str,
    /// The value as the file would have it.
    pub(crate) value: Value,
}

impl KeyDefault {
    /// Returns the value as help and schema show it: text without quotes, anything else as the file would have it.
    pub(crate) fn text(&self) -> String {
        match &self.value {
            Value::String(text) => text.clone(),
            Value::Array(items) => {
                let items: Vec<String> = items.iter().map(Value::to_string).collect();
                format!("[{}]", items.join(", "))
            }
            value => value.to_string(),
        }
    }
}

/// Returns every key whose default is a value, in the order of the file.
pub(crate) fn by_key() -> Vec<KeyDefault> {
    let timing = Timing::default();
    let limits = Limits::default();
    let duration = |duration: Duration| json!(DurationText(duration).to_string());
    [
        ("azure.endpoint", json!(platform::ENDPOINT)),
        ("azure.api-version", json!(platform::API_VERSION)),
        ("azure.token-env", json!(platform::TOKEN_VARIABLE)),
        ("azure.metrics-lag", duration(platform::METRICS_LAG)),
        ("azure.metrics-slice", duration(platform::METRICS_SLICE)),
        ("rollout.stages", json!(STAGES)),
        ("rollout.bake", duration(BAKE)),
        ("rollout.check-interval", duration(timing.check_interval)),
        ("rollout.watch-interval", duration(timing.watch_interval)),
        ("rollout.gate-deadline", duration(timing.gate_deadline)),
        ("rollout.gate-retries", json!(timing.gate_retries)),
        ("rollout.retry-interval", duration(timing.retry_interval)),
        (
            "rollout.readiness-deadline",
            duration(timing.readiness_deadline),
        ),
        ("rollout.verify-deadline", duration(timing.verify_deadline)),
        (
            "rollout.rollback-deadline",
            duration(timing.rollback_deadline),
        ),
        ("rollout.on-deadline", json!(OnDeadline::default())),
        ("rollout.on-failure", json!("keep")),
        ("rollout.retire", json!(RETIRE)),
        ("rollout.retire-after", duration(RETIRE_AFTER)),
        ("deploy.ready-within", duration(READY_WITHIN)),
        ("gates.*.limits.wall-clock", duration(limits.wall_clock)),
        (
            "gates.*.limits.memory-mib",
            json!(limits.memory_bytes >> 20),
        ),
        ("gates.*.limits.requests", json!(limits.requests)),
        (
            "gates.*.limits.response-kib",
            json!(limits.response_body_bytes >> 10),
        ),
        ("state-dir", json!(STATE_DIR)),
    ]
    .map(|(key, value)| KeyDefault { key, value })
    .into()
}
