//! Which lines of a run belong into a group that a pipeline folds: what goes as planned, one group for each stage. A "no", a
//! warning, a rollback and the result are never in one. Only listens, and writes nothing.

use rollout::{Action, Event, Fact, GateAnswer, Phase, Plan, Purpose, Rollout, Verdict};

use crate::report::{Update, What};

/// What is to be done before the lines of an update.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fold {
    /// A group begins.
    Open(Group),
    /// The group of this number ends.
    Close(u32),
}

/// A group of lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Group {
    /// Its number among those of the run, from 1.
    pub(super) number: u32,
    /// What is in it.
    pub(super) title: String,
}

/// Follows a run, and says before each update where groups begin and end.
#[derive(Debug, Default)]
pub(super) struct Folding {
    /// The stage that the run is at, from 1; 0 before any traffic. `None` where nothing is folded.
    stage: Option<usize>,
    /// The stage of the open group.
    open: Option<usize>,
    /// The stage of the last group, open or not.
    last: Option<usize>,
    /// The groups so far.
    count: u32,
}

/// What the lines of an update are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lines {
    /// There are none, or they say nothing new.
    None,
    /// All is as planned.
    AsPlanned,
    /// Somebody should read them.
    Matter,
}

impl Folding {
    /// Takes note of an update, and returns what is to be done before its lines.
    pub(super) fn follow(&mut self, update: &Update<'_>) -> Vec<Fold> {
        if let What::Begins(_) = update.what {
            self.stage = stage_of(update.rollout.phase());
        }
        match (lines(update), self.stage) {
            (Lines::None, _) => Vec::new(),
            (Lines::AsPlanned, Some(stage)) if self.open == Some(stage) => Vec::new(),
            (Lines::AsPlanned, Some(stage)) => {
                let mut folds = self.close();
                folds.push(Fold::Open(self.begin(stage, update.rollout.plan())));
                folds
            }
            (Lines::AsPlanned | Lines::Matter, _) => self.close(),
        }
    }

    fn begin(&mut self, stage: usize, plan: &Plan) -> Group {
        self.count += 1;
        let continued = if self.last == Some(stage) {
            ", continued"
        } else {
            ""
        };
        (self.open, self.last) = (Some(stage), Some(stage));
        let stages = plan.stages();
        let title = match stage.checked_sub(1).and_then(|index| stages.get(index)) {
            Some(of_plan) => format!("stage {stage} of {}: {}", stages.len(), of_plan.weight),
            None => "before any traffic".to_owned(),
        };
        Group {
            number: self.count,
            title: format!("{title}{continued}"),
        }
    }

    fn close(&mut self) -> Vec<Fold> {
        let open = self.open.take();
        open.map(|_| Fold::Close(self.count)).into_iter().collect()
    }
}

/// Returns the stage of a phase, from 1; 0 before any traffic. `None` where the run does not go forward.
fn stage_of(phase: &Phase) -> Option<usize> {
    match phase {
        Phase::Readiness { .. } => Some(0),
        // The gates of the next stage are asked at the weight of this one.
        Phase::Gating(gating) => Some(gating.stage),
        Phase::Shifting(shifting) => Some(shifting.stage + 1),
        Phase::Verifying { stage, .. } => Some(stage + 1),
        Phase::Baking(baking) => Some(baking.stage + 1),
        Phase::Preflight { .. }
        | Phase::Promoting(_)
        | Phase::Held { .. }
        | Phase::RollingBack { .. }
        | Phase::Ended(_) => None,
    }
}

fn lines(update: &Update<'_>) -> Lines {
    match &update.what {
        What::Began(_) | What::Ended(_) => Lines::Matter,
        What::Remarked(_) => Lines::AsPlanned,
        What::Begins(Action::Write {
            purpose: Purpose::Shift,
            ..
        }) => Lines::AsPlanned,
        What::Begins(Action::Activate) if is_forward(update.rollout) => Lines::AsPlanned,
        What::Begins(Action::Write { .. } | Action::Activate) => Lines::Matter,
        What::Begins(_) => Lines::None,
        What::Happened(_, beside) if beside.is_first_advisory_no || beside.next.is_some() => {
            Lines::Matter
        }
        What::Happened(event, _) => lines_of_fact(update.rollout, event),
    }
}

fn lines_of_fact(rollout: &Rollout, event: &Event) -> Lines {
    let ends = matches!(rollout.phase(), Phase::RollingBack { .. } | Phase::Ended(_));
    match &event.fact {
        Fact::Waited | Fact::Written | Fact::LateAnswer { .. } | Fact::Activated => Lines::None,
        // Verbose lines, unless a stage begins to bake.
        Fact::Observed { .. } if is_forward(rollout) => {
            if matches!(rollout.phase(), Phase::Baking(_)) {
                Lines::AsPlanned
            } else {
                Lines::None
            }
        }
        Fact::Ready | Fact::NotReady { .. } | Fact::Advised { .. } | Fact::Unanswered { .. }
            if !ends =>
        {
            Lines::AsPlanned
        }
        Fact::Answered { answers, .. } if !ends && all_pass(answers) => Lines::AsPlanned,
        Fact::Answered { answers, .. } if is_forward(rollout) && none_against(answers) => {
            Lines::AsPlanned
        }
        _ => Lines::Matter,
    }
}

fn is_forward(rollout: &Rollout) -> bool {
    stage_of(rollout.phase()).is_some()
}

fn all_pass(answers: &[GateAnswer]) -> bool {
    let passes = |answer: &GateAnswer| matches!(&answer.result, Ok(report) if report.verdict == Verdict::Pass);
    answers.iter().all(passes)
}

/// Returns whether every gate has passed or holds.
fn none_against(answers: &[GateAnswer]) -> bool {
    let against = |answer: &GateAnswer| match &answer.result {
        Ok(report) => report.verdict == Verdict::Fail,
        Err(_) => true,
    };
    !answers.iter().any(against)
}
