//! What comes next in a run, on what that depends, and what Ctrl-C does now: from the state of the rollout alone.

use rollout::{
    Cause, FinalWrite, Gating, Intent, Kind, OnDeadline, Phase, Rollout, Shifting, Step, human,
    listed,
};

use super::view::NextView;

/// What a run does that has waited too long.
const GIVES_UP: &str = "the run gives up";

fn now_done(what: &str) -> NextView {
    NextView {
        what: what.to_owned(),
        ..NextView::default()
    }
}

/// Returns what comes next; `attempts` is the number of writes that a rollback has sent.
pub(super) fn next(rollout: &Rollout, attempts: u32) -> NextView {
    let plan = rollout.plan();
    match rollout.phase() {
        Phase::Preflight { .. } => now_done("reading the app"),
        Phase::Readiness { since, .. } => NextView {
            what: after(rollout, 0),
            when: "when the canary is ready and its gates pass".to_owned(),
            or_else: Some((since.after(plan.timing().readiness_deadline), GIVES_UP)),
            ..NextView::default()
        },
        Phase::Gating(gating) => gating_next(rollout, gating),
        Phase::Shifting(Shifting { stage, .. }) | Phase::Verifying { stage, .. } => {
            let stage = &plan.stages()[*stage];
            NextView {
                what: format!("a bake of {} at {}", human(stage.bake), stage.weight),
                when: "when the weight is read back".to_owned(),
                ..NextView::default()
            }
        }
        Phase::Baking(baking) => NextView {
            what: after(rollout, baking.stage + 1),
            at: Some(baking.until),
            when: when(&names(rollout, baking.stage + 1)),
            or_else: None,
        },
        Phase::Promoting(_) => now_done("removing the lease: every check has passed"),
        Phase::Held { holding, .. } => now_done(&format!("the run ends held: {}", holding.reason)),
        Phase::RollingBack { .. } if !rollout.has_written() && has_stages(rollout) => {
            now_done("reading the app once more, to see that it is as it was")
        }
        Phase::RollingBack { last, .. } => restoring(last, attempts),
        Phase::Ended(_) => NextView::default(),
    }
}

/// Returns how far the write of the baseline is.
fn restoring(last: &FinalWrite, attempts: u32) -> NextView {
    let attempt = match attempts {
        0 | 1 => String::new(),
        more => format!(" (attempt {more})"),
    };
    let what = match last.step {
        Step::Activate | Step::Reactivate => "activating the stable revision".to_owned(),
        Step::Verify => format!("reading the baseline back{attempt}"),
        Step::Compare | Step::Write => format!("writing the baseline{attempt}"),
        Step::Mark => "leaving a note".to_owned(),
    };
    NextView {
        or_else: Some((last.deadline, GIVES_UP)),
        ..now_done(&what)
    }
}

/// Returns whether the only revision of the app has all traffic already.
pub(super) fn is_first(rollout: &Rollout) -> bool {
    rollout.inspection().is_some_and(|found| found.is_first())
}

/// Returns whether a run moves traffic stage by stage.
pub(super) fn has_stages(rollout: &Rollout) -> bool {
    matches!(rollout.intent(), Intent::Rollout | Intent::Resume) && !is_first(rollout)
}

/// Returns why a run turns round.
pub(super) fn turned(rollout: &Rollout) -> Option<String> {
    let Phase::RollingBack { cause, .. } = rollout.phase() else {
        return None;
    };
    Some(match cause {
        Cause::Undone(_) => "undoing the promotion".to_owned(),
        cause if rollout.has_written() || !has_stages(rollout) => {
            format!("rolling back: {}", cause.without_reason())
        }
        cause => format!("ending, nothing was written: {}", cause.without_reason()),
    })
}

/// Returns what a pass of the gates leads to that are asked before this stage.
fn after(rollout: &Rollout, stage: usize) -> String {
    if let Intent::Undo { .. } = rollout.intent() {
        return "the replaced revision gets all traffic".to_owned();
    }
    if is_first(rollout) {
        return "the end: the only revision has all traffic already".to_owned();
    }
    let stages = rollout.plan().stages();
    let pauses = stage
        .checked_sub(1)
        .is_some_and(|before| stages[before].pause.is_some());
    match stages.get(stage) {
        Some(stage) if pauses => format!("an approval is waited for before {}", stage.weight),
        Some(stage) => stage.weight.to_string(),
        None => "promotion".to_owned(),
    }
}

/// Returns the gates that decide whether this stage begins.
fn names(rollout: &Rollout, stage: usize) -> Vec<String> {
    let mut names = rollout.gates_for(Kind::HealthCheck, stage).to_vec();
    for name in rollout.gates_for(Kind::PromotionGate, stage) {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    names
}

/// Returns what depends on these gates.
fn when(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => format!("when {one} passes"),
        [one, two] => format!("when {one} and {two} pass"),
        names => format!("when all {} gates pass: {}", names.len(), listed(names)),
    }
}

fn gating_next(rollout: &Rollout, gating: &Gating) -> NextView {
    let plan = rollout.plan();
    let names = match gating.kind {
        Kind::HealthCheck => names(rollout, gating.stage),
        Kind::PromotionGate => rollout
            .gates_for(Kind::PromotionGate, gating.stage)
            .to_vec(),
    };
    let or_else = match plan.on_deadline() {
        OnDeadline::RollBack => "the run rolls back",
        OnDeadline::Freeze => "the run is held",
    };
    NextView {
        what: after(rollout, gating.stage),
        at: None,
        when: when(&names),
        or_else: Some((gating.since.after(plan.timing().gate_deadline), or_else)),
    }
}

/// Returns what Ctrl-C does now.
pub(super) fn ctrl_c(rollout: &Rollout) -> &'static str {
    match rollout.phase() {
        Phase::Preflight { .. } => "Ctrl-C ends the run; nothing is written yet",
        Phase::Promoting(_) => "Ctrl-C changes nothing: the run is about to end as promoted",
        Phase::RollingBack { .. } if rollout.has_written() || !has_stages(rollout) => {
            "Ctrl-C changes nothing: the baseline is being restored"
        }
        Phase::RollingBack { .. } | Phase::Ended(_) => "the run ends",
        _ if rollout.has_written() => "Ctrl-C rolls back",
        _ => "Ctrl-C ends the run; nothing is written yet",
    }
}
