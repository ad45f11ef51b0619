//! The sentences about events that are no end of a run. Those about its end are the report's.

use rollout::{Inspection, Intent, Phase, Rollout, human};

/// Returns what a run is about to do.
pub(super) fn began(rollout: &Rollout, found: &Inspection) -> String {
    let (stable, canary) = (&found.stable.name, &found.canary.name);
    let sentence = match rollout.intent() {
        Intent::Rollout if found.is_first() => {
            format!("the gates are asked about {canary}, the app's first revision")
        }
        Intent::Rollout => {
            let stages = rollout.plan().stages().iter();
            let weights: Vec<String> = stages.map(|stage| stage.weight.to_string()).collect();
            format!(
                "{canary} is rolled out over {stable}: {}",
                weights.join(", ")
            )
        }
        Intent::Resume => format!("the run goes on with {canary} over {stable}"),
        Intent::Abort { by, .. } => {
            format!("{by} ends the run of {canary}: {stable} gets all traffic again")
        }
        Intent::Recover { .. } if matches!(rollout.phase(), Phase::Promoting(_)) => {
            format!("the run has promoted {canary} and left its lease behind, which is removed")
        }
        Intent::Recover { .. } => format!(
            "the run of {canary} has ended and left its lease behind: {stable} gets all traffic again"
        ),
        Intent::Undo { by, .. } => {
            let of_undo = found.undoes.as_ref().map(|undo| &undo.promotion);
            let replaced = of_undo.map_or(stable, |promotion| &promotion.replaced);
            let promoted = of_undo.map_or(canary, |promotion| &promotion.promoted);
            format!(
                "{by} takes the promotion of {promoted} back: {replaced} gets all traffic again"
            )
        }
    };
    match rollout.plan().emergency() {
        Some(reason) => {
            format!("{sentence}; in an emergency, so promotion gates decide nothing: {reason}")
        }
        None => sentence,
    }
}

/// Returns that a stage, counted from 0, has its weight.
pub(super) fn stage(rollout: &Rollout, stage: usize) -> String {
    let stages = rollout.plan().stages();
    let Some(reached) = stages.get(stage) else {
        return String::new();
    };
    let found = rollout.inspection();
    let canary = found.map_or("the canary", |found| found.canary.name.as_str());
    format!(
        "{canary} has {}, read back: stage {} of {}, which bakes for {}",
        reached.weight,
        stage + 1,
        stages.len(),
        human(reached.bake)
    )
}
