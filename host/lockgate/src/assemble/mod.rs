//! From a checked configuration to the parts of a run: gates loaded and checked, the plan completed with what they
//! turned out to be, the platform connected. Everything here happens before the first read of the app (I-6).

mod gates;
mod host;
mod plan;
pub(crate) mod plugins;
mod secrets;

use std::sync::Arc;

use ::gates::GateSet;
use rollout::Plan;

use crate::config::Resolved;
use crate::output::Output;
use crate::platform::{self, PlatformCounts};

pub(crate) use gates::{ReadyGate, gate_set, one_gate, one_gate_offline, secrets_of, shown};
pub(crate) use host::{default_cache, host, host_that, services};

/// The parts of a run that goes forward.
pub(crate) struct Forward {
    /// The platform.
    pub(crate) app: platform::App,
    /// The gates one by one, for those who show them.
    pub(crate) ready: Vec<ReadyGate>,
    /// The gates for the engine.
    pub(crate) gates: GateSet,
    /// The completed plan.
    pub(crate) plan: Plan,
}

/// Makes all parts of a run that goes forward. Reads nothing of the app yet.
///
/// # Errors
/// Whatever keeps one of them from being made; of the gates every problem.
pub(crate) async fn forward(resolved: &Resolved, output: &Output) -> anyhow::Result<Forward> {
    let app = platform::app(resolved)?;
    let host = host(resolved.cache_dir.clone(), output)?;
    let ready = gates::gates(&host, resolved).await?;
    let lag = resolved.azure.metrics_lag.map(|span| span.0);
    let counts = Arc::new(PlatformCounts::new(&app, lag));
    Ok(Forward {
        app,
        plan: plan::plan(resolved, &ready)?,
        gates: gate_set(&ready, Some(counts), output)?,
        ready,
    })
}
