//! Puts the parts of a rollout together: platform, gates and plan. Sends nothing to the platform.

use std::sync::Arc;

use ::gates::GateSet;
use rollout::Plan;

use super::gates::{ReadyGate, gate_set, load_gates};
use super::host::host;
use super::plan::plan_of_a_rollout;
use crate::config::RolloutConfig;
use crate::output::Output;
use crate::platform::{self, PlatformCounts};

/// The parts of a rollout.
pub(crate) struct RolloutParts {
    /// The platform.
    pub(crate) app: platform::App,
    /// The gates one by one, for commands that show them.
    pub(crate) ready: Vec<ReadyGate>,
    /// The gates as the engine asks them.
    pub(crate) gates: GateSet,
    /// The plan.
    pub(crate) plan: Plan,
}

/// Makes all parts of a rollout. Reads nothing of the app.
///
/// # Errors
/// Errors of the endpoint, the credential, the cache folder and the plan; of the gates every problem.
pub(crate) async fn rollout_parts(
    config: &RolloutConfig,
    output: &Output,
) -> anyhow::Result<RolloutParts> {
    let azure = &config.target.azure;
    let app = platform::app(&config.target)?;
    let host = host(config.cache_dir.clone(), output)?;
    let ready = load_gates(&host, &config.gates, azure.token_env.as_deref()).await?;
    let lag = azure.metrics_lag.map(|text| text.0);
    let counts = Arc::new(PlatformCounts::new(&app, lag));
    Ok(RolloutParts {
        app,
        plan: plan_of_a_rollout(&config.draft, &ready)?,
        gates: gate_set(&ready, Some(counts), output)?,
        ready,
    })
}
