//! The plan of a run, made once the gates are known.

use anyhow::Context as _;
use rollout::{Draft, Kind, Plan, Stage};

use super::gates::ReadyGate;
use crate::config::Resolved;

/// Completes the plan: only health checks check health, only promotion gates stand before stages.
///
/// # Errors
/// When no gate is left that could say no.
pub(super) fn plan(resolved: &Resolved, ready: &[ReadyGate]) -> anyhow::Result<Plan> {
    let is = |name: &str, kind: Kind| {
        ready
            .iter()
            .any(|gate| gate.config.name == name && gate.kinds.contains(&kind))
    };
    let mut draft = Draft::from(resolved.plan.clone());
    draft
        .health_checks
        .retain(|name| is(name, Kind::HealthCheck));
    draft.stages = draft
        .stages
        .into_iter()
        .map(|mut stage: Stage| {
            stage.gates.retain(|name| is(name, Kind::PromotionGate));
            stage
        })
        .collect();
    Plan::new(draft).context("rollout")
}
