//! Gates that decide nothing, set apart from those that decide in the draft of the plan.

use rollout::{Draft, PlanError};

use super::gates::GateConfig;
use super::mode::GateMode;
use super::understand::key_text;
use crate::mistake::Mistake;

/// Moves the advisory gates of the draft to where they decide nothing.
pub(super) fn set_apart(draft: &mut Draft, gates: &[GateConfig]) {
    let is_advisory = |name: &mut String| {
        let mut named = gates.iter().filter(|gate| gate.name == *name);
        named.any(|gate| gate.mode == GateMode::Advisory)
    };
    let checks = draft.health_checks.extract_if(.., is_advisory);
    draft.advisory_health_checks.extend(checks);
    for stage in &mut draft.stages {
        stage
            .advisory_gates
            .extend(stage.gates.extract_if(.., is_advisory));
    }
}

/// Refuses a configuration in which no gate decides: where nothing can stop a rollout, its end is no evidence.
pub(super) fn check_that_one_decides(gates: &[GateConfig], mistakes: &mut Vec<Mistake>) {
    let Some(first) = gates.first() else { return };
    if gates.iter().any(|gate| gate.mode == GateMode::Required) {
        return;
    }
    let names = gates.iter().map(|gate| gate.name.clone());
    let error = PlanError::OnlyAdvisory(names.collect());
    let key = format!("gates.{}.mode", key_text(&first.name));
    mistakes.push(Mistake::of_key(key, error.to_string()));
}
