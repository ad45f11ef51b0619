//! Puts the parts of a rollout together: platform, gates and plan. Sends nothing to the platform.

use std::sync::Arc;

use ::gates::GateSet;
use rollout::Plan;

use super::gates::{ReadyGate, gate_set, load_gates};
use super::host::loader_of;
use super::plan::plan_of_a_rollout;
use super::plugins::Reach;
use super::secrets;
use super::webhooks::subscriptions;
use crate::config::{Counting, RolloutConfig};
use crate::notify::Subscription;
use crate::output::Output;
use crate::platform::{self, GateTokens, PlatformSlices};

/// The gates of a rollout, and the plan that their kinds make.
pub(crate) struct LoadedGates {
    /// The gates one by one.
    pub(crate) ready: Vec<ReadyGate>,
    /// What mints tokens for their requests, where one of them wants some.
    pub(crate) tokens: Option<Arc<GateTokens>>,
    /// The plan.
    pub(crate) plan: Plan,
}

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
    /// The webhooks that learn of the run.
    pub(crate) subscriptions: Vec<Subscription>,
}

/// Loads the gates of a rollout and makes its plan. Sends nothing to the platform.
///
/// # Errors
/// Errors of the cache folder and the plan; of the gates every problem.
pub(crate) async fn load_gates_of(
    config: &RolloutConfig,
    reach: Reach,
    output: &Output,
) -> anyhow::Result<LoadedGates> {
    let loader = loader_of(config, reach, output)?;
    let azure = &config.target.azure;
    let tokens = secrets::tokens(&config.gates, azure)?;
    let token_variable = azure.token_env.as_deref();
    let ready = load_gates(&loader, &config.gates, tokens.as_ref(), token_variable).await?;
    Ok(LoadedGates {
        plan: plan_of_a_rollout(&config.draft, &ready)?,
        ready,
        tokens,
    })
}

impl LoadedGates {
    /// Returns them without one that decides nothing.
    ///
    /// # Errors
    /// When the plan cannot be without it.
    pub(crate) fn without(
        mut self,
        name: &str,
        config: &RolloutConfig,
    ) -> anyhow::Result<LoadedGates> {
        self.ready.retain(|gate| gate.config.name != name);
        Ok(LoadedGates {
            plan: plan_of_a_rollout(&config.draft, &self.ready)?,
            ready: self.ready,
            tokens: self.tokens,
        })
    }

    /// Puts the gates together with the platform whose counts they ask for.
    ///
    /// # Errors
    /// When an entry of an `allow` list is not an origin, or a webhook cannot be used: the preflight has refused both already.
    pub(crate) fn with(
        self,
        app: platform::App,
        config: &RolloutConfig,
        output: &Output,
    ) -> anyhow::Result<RolloutParts> {
        let counting = Counting::of(&config.target.azure);
        let traffic = Arc::new(PlatformSlices::new(&app, counting));
        Ok(RolloutParts {
            app,
            plan: self.plan,
            gates: gate_set(&self.ready, &config.facts, Some(traffic), output)?,
            ready: self.ready,
            subscriptions: subscriptions(&config.target.webhooks.good, &config.target.azure)?,
        })
    }
}

/// Makes all parts of a rollout. Reads nothing of the app.
///
/// # Errors
/// Errors of the endpoint, the credential, the cache folder, the plan and the webhooks; of the gates every problem.
pub(crate) async fn rollout_parts(
    config: &RolloutConfig,
    output: &Output,
) -> anyhow::Result<RolloutParts> {
    let app = platform::app(&config.target)?;
    let gates = load_gates_of(config, Reach::Network, output).await?;
    gates.with(app, config, output)
}
