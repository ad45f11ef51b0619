//! From an action that asks to a question for gates.

use crate::decide::{Action, Rollout};
use crate::ports::Question;
use crate::traffic::Weight;

/// Returns the question of an action that asks, to these gates; `None` of every other action, and before the app was read.
/// `now` is in seconds since 1970.
pub fn question<'a>(
    rollout: &'a Rollout,
    action: &Action,
    gates: &'a [String],
    now: u64,
) -> Option<Question<'a>> {
    let Action::Ask {
        kind,
        stage,
        weight,
        next_weight,
        asked,
    } = *action
    else {
        return None;
    };
    let whole = |weight: Weight| weight.per_cent();
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    Some(Question {
        kind,
        gates,
        run: rollout.run(),
        inspection: rollout.inspection()?,
        stage: number(stage),
        stages: number(rollout.plan().stages().len()),
        weight: whole(weight),
        next_weight: whole(next_weight),
        asked,
        weight_since: rollout.weight_since(),
        now,
        memory: rollout.memory(),
    })
}
