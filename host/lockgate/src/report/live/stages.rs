//! The stages of a run, each with how far it is.

use rollout::{Baking, Gating, Phase, Plan, Rollout, Shifting, Timestamp};

use super::next::{has_stages, is_first};
use super::view::{StageState, StageView};

/// Returns the weight that the phase is for.
pub(super) fn wanted(rollout: &Rollout) -> Option<u32> {
    let (plan, found) = (rollout.plan(), rollout.inspection()?);
    let of_stage = |stage: usize| {
        plan.stages()
            .get(stage)
            .map(|stage| stage.weight.per_cent())
    };
    match rollout.phase() {
        _ if is_first(rollout) => None,
        Phase::Gating(Gating { stage, .. }) => Some(plan.weight_before(*stage).per_cent()),
        Phase::Shifting(Shifting { stage, .. })
        | Phase::Verifying { stage, .. }
        | Phase::Baking(Baking { stage, .. }) => of_stage(*stage),
        Phase::Held { holding, .. } => of_stage(holding.stage),
        Phase::Promoting(_) => Some(100),
        Phase::RollingBack { .. } => Some(found.baseline.weight_of(&found.canary.name)),
        _ => None,
    }
}

/// Returns the stages; `reached` is the highest weight that the canary has had.
pub(super) fn stages(rollout: &Rollout, reached: u32) -> Vec<StageView> {
    if !has_stages(rollout) {
        return Vec::new();
    }
    let plan = rollout.plan();
    // The stage that something is done about, and what.
    let (at, state) = match rollout.phase() {
        Phase::Preflight { .. } | Phase::Readiness { .. } => (0, StageState::Ahead),
        Phase::Gating(gating) => (gating.stage, StageState::Now("its gates are asked")),
        Phase::Shifting(shifting) => (shifting.stage, StageState::Now("shifting")),
        Phase::Verifying { stage, .. } => (*stage, StageState::Now("reading it back")),
        Phase::Baking(baking) => (baking.stage, StageState::Baking(began(plan, baking))),
        Phase::Held { holding, .. } => (holding.stage, StageState::Now("held")),
        Phase::Promoting(_) | Phase::Ended(_) => (plan.stages().len(), StageState::Ahead),
        Phase::RollingBack { .. } => return lost(plan, reached),
    };
    let of_stage = |(index, stage): (usize, &rollout::Stage)| StageView {
        weight: stage.weight.per_cent(),
        bake: Some(stage.bake),
        pauses: stage.pause.is_some(),
        state: match index {
            index if index < at => StageState::Baked,
            index if index == at => state.clone(),
            _ => StageState::Ahead,
        },
    };
    plan.stages().iter().enumerate().map(of_stage).collect()
}

/// Returns the stages of a run that turns round: the canary loses the weights that it has reached.
fn lost(plan: &Plan, reached: u32) -> Vec<StageView> {
    let of_stage = |stage: &rollout::Stage| StageView {
        weight: stage.weight.per_cent(),
        bake: Some(stage.bake),
        pauses: stage.pause.is_some(),
        state: if stage.weight.per_cent() <= reached {
            StageState::Lost
        } else {
            StageState::Ahead
        },
    };
    plan.stages().iter().map(of_stage).collect()
}

/// Returns when a bake began.
fn began(plan: &Plan, baking: &Baking) -> Timestamp {
    let bake = plan.stages()[baking.stage].bake;
    let bake = u64::try_from(bake.as_millis()).unwrap_or(u64::MAX);
    Timestamp(baking.until.0.saturating_sub(bake))
}
