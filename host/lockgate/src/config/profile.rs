//! Profiles: several times of a rollout that belong together, by one name.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

/// Times that belong together. A key that the file has, or a flag, goes before the profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Profile {
    /// For gates that judge by the platform's own counts, which come minutes late: `bake = "8m"`, `gate-deadline = "20m"`,
    /// `check-interval = "30s"`. Where no gate is configured, `compare` is required beside `http-health`.
    PlatformCounts,
}

impl Profile {
    /// Returns how long each stage bakes.
    pub(crate) fn bake(self) -> Duration {
        match self {
            Profile::PlatformCounts => Duration::from_mins(8),
        }
    }

    /// Returns how long gates may hold.
    pub(crate) fn gate_deadline(self) -> Duration {
        match self {
            Profile::PlatformCounts => Duration::from_mins(20),
        }
    }

    /// Returns the time between two health checks.
    pub(crate) fn check_interval(self) -> Duration {
        match self {
            Profile::PlatformCounts => Duration::from_secs(30),
        }
    }
}
