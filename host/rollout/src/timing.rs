//! Every wait and every bound of a run, with what they are unless a plan says otherwise.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Every wait and every bound of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Timing {
    /// The time between two health checks during a bake, and before a gate that holds is asked again.
    #[serde(rename = "check-interval-ms", with = "crate::milliseconds")]
    #[schemars(with = "u64")]
    pub check_interval: Duration,
    /// The longest that gates may hold before the plan's `on_deadline` applies.
    #[serde(rename = "gate-deadline-ms", with = "crate::milliseconds")]
    #[schemars(with = "u64")]
    pub gate_deadline: Duration,
    /// The number of times in a row that a gate may fail to answer and is asked again.
    pub gate_retries: u32,
    /// The time before a gate that could not answer is asked again.
    #[serde(rename = "retry-interval-ms", with = "crate::milliseconds")]
    #[schemars(with = "u64")]
    pub retry_interval: Duration,
    /// The longest that the canary may take to become ready.
    #[serde(rename = "readiness-deadline-ms", with = "crate::milliseconds")]
    #[schemars(with = "u64")]
    pub readiness_deadline: Duration,
    /// The time between two reads of the platform while a change is awaited.
    #[serde(rename = "poll-interval-ms", with = "crate::milliseconds")]
    #[schemars(with = "u64")]
    pub poll_interval: Duration,
    /// The time between two looks at the app while a stage bakes or gates are asked.
    #[serde(rename = "watch-interval-ms", with = "crate::milliseconds")]
    #[schemars(with = "u64")]
    pub watch_interval: Duration,
    /// The longest that a write may take to show in what is read back.
    #[serde(rename = "verify-deadline-ms", with = "crate::milliseconds")]
    #[schemars(with = "u64")]
    pub verify_deadline: Duration,
    /// How long a write of unknown outcome may still land, from the moment its outcome became unknown; and how long one
    /// of a run may that was just taken over.
    #[serde(rename = "late-write-window-ms", with = "crate::milliseconds")]
    #[schemars(with = "u64")]
    pub late_write_window: Duration,
    /// The longest that a rollback is tried before the run ends without it.
    #[serde(rename = "rollback-deadline-ms", with = "crate::milliseconds")]
    #[schemars(with = "u64")]
    pub rollback_deadline: Duration,
    /// The longest that a rollback waits for its first settled read before it restores the baseline.
    #[serde(rename = "compare-deadline-ms", with = "crate::milliseconds")]
    #[schemars(with = "u64")]
    pub compare_deadline: Duration,
    /// The longest that a rollback is still tried once the process is about to be killed.
    #[serde(rename = "hurry-deadline-ms", with = "crate::milliseconds")]
    #[schemars(with = "u64")]
    pub hurry_deadline: Duration,
    /// The longest that the whole run may take. No stage starts that may not fit together with its rollback.
    #[serde(
        rename = "run-deadline-ms",
        default,
        skip_serializing_if = "Option::is_none",
        with = "crate::milliseconds::optional"
    )]
    #[schemars(with = "Option<u64>")]
    pub run_deadline: Option<Duration>,
}

impl Default for Timing {
    fn default() -> Timing {
        Timing {
            check_interval: Duration::from_secs(30),
            gate_deadline: Duration::from_mins(10),
            gate_retries: 2,
            retry_interval: Duration::from_secs(5),
            readiness_deadline: Duration::from_mins(5),
            poll_interval: Duration::from_millis(500),
            watch_interval: Duration::from_secs(4),
            verify_deadline: Duration::from_mins(2),
            late_write_window: Duration::from_secs(15),
            rollback_deadline: Duration::from_mins(10),
            // Two attempts of a rollback must fit into the 7.5 s before the tightest runner's second signal.
            compare_deadline: Duration::from_secs(2),
            // The tightest runner kills 2.5 s after its second signal, and the outcome must be printed before that.
            hurry_deadline: Duration::from_millis(1_500),
            run_deadline: None,
        }
    }
}
