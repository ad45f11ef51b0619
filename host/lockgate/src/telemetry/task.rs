//! The parts of a run as the conventions for pipelines name them, and what became of each
//! (<https://opentelemetry.io/docs/specs/semconv/cicd/cicd-spans/>).

use rollout::{Cause, Outcome, Phase, Rollout};

use crate::exit::Exit;

/// A part of a run. A stage begins with the questions about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Task {
    Preflight,
    Readiness,
    /// With its number, from 0.
    Stage(usize),
    Promote,
    Hold,
    RollBack,
}

impl Task {
    /// Returns the part that a run is in; `None` where it stays in the part that it was in.
    pub(super) fn of(rollout: &Rollout) -> Option<Task> {
        let stages = rollout.plan().stages().len();
        match rollout.phase() {
            Phase::Preflight { .. } => Some(Task::Preflight),
            Phase::Readiness { .. } => Some(Task::Readiness),
            // The last questions are about the last stage.
            Phase::Gating(gating) if gating.stage >= stages => None,
            Phase::Gating(gating) => Some(Task::Stage(gating.stage)),
            Phase::Shifting(shifting) => Some(Task::Stage(shifting.stage)),
            Phase::Verifying { stage, .. } => Some(Task::Stage(*stage)),
            Phase::Baking(baking) => Some(Task::Stage(baking.stage)),
            Phase::Promoting(_) => Some(Task::Promote),
            Phase::Held { .. } => Some(Task::Hold),
            Phase::RollingBack { .. } => Some(Task::RollBack),
            Phase::Ended(_) => None,
        }
    }

    /// Returns its name for people.
    pub(super) fn name(self, rollout: &Rollout) -> String {
        match self {
            Task::Preflight => "preflight".to_owned(),
            Task::Readiness => "readiness".to_owned(),
            Task::Stage(number) => {
                let stage = rollout.plan().stages().get(number);
                let weight = stage.map_or_else(String::new, |stage| stage.weight.to_string());
                format!("stage {weight}")
            }
            Task::Promote => "promote".to_owned(),
            Task::Hold => "hold".to_owned(),
            Task::RollBack => "roll back".to_owned(),
        }
    }

    /// Returns what tells it from the other parts of its run.
    pub(super) fn key(self) -> String {
        match self {
            Task::Preflight => "preflight".to_owned(),
            Task::Readiness => "readiness".to_owned(),
            Task::Stage(number) => format!("stage-{}", number + 1),
            Task::Promote => "promote".to_owned(),
            Task::Hold => "hold".to_owned(),
            Task::RollBack => "roll-back".to_owned(),
        }
    }
}

/// What became of a run, or of a part of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TaskResult {
    /// The word of the conventions; `held` is our own, where none of theirs fits.
    pub(super) word: &'static str,
    /// What kind of failure it was, where it was one.
    pub(super) error: Option<&'static str>,
}

impl TaskResult {
    pub(super) const SUCCESS: TaskResult = TaskResult {
        word: "success",
        error: None,
    };

    /// Returns what a run that ends without an outcome has come to.
    pub(super) const UNKNOWN: TaskResult = TaskResult {
        word: "error",
        error: Some("_OTHER"),
    };

    /// Returns what the part has come to that a run rolls back from.
    pub(super) fn of_cause(cause: &Cause) -> TaskResult {
        let word = match cause {
            Cause::GateSaidNo { .. } | Cause::HeldTooLong { .. } | Cause::NotReady(_) => "failure",
            Cause::OutOfTime(_) | Cause::PauseOver(_) => "timeout",
            Cause::Cancelled(_) | Cause::EndedElsewhere(_) | Cause::Abandoned(_) => "cancellation",
            Cause::Undone(_) => return TaskResult::SUCCESS,
            Cause::GateBroke { .. }
            | Cause::Platform(_)
            | Cause::StableInactive(_)
            | Cause::JournalLost(_) => "error",
        };
        TaskResult {
            word,
            error: Some(cause.name()).filter(|_| matches!(word, "failure" | "error")),
        }
    }

    /// Returns what a run has come to.
    pub(super) fn of_run(outcome: &Outcome, exit: Exit) -> TaskResult {
        let with = |word, error| TaskResult { word, error };
        match outcome {
            _ if exit == Exit::Success => TaskResult::SUCCESS,
            Outcome::Promoted | Outcome::PromotedWithLease(_) | Outcome::Idle => {
                TaskResult::SUCCESS
            }
            Outcome::RolledBack(cause) => TaskResult::of_cause(cause),
            Outcome::Held { .. } => with("held", None),
            Outcome::Unverified { .. } => with("error", Some("unverified")),
            Outcome::Stuck { .. } => with("error", Some("stuck")),
            Outcome::Refused(_) => with("skip", None),
            Outcome::Cancelled(_) | Outcome::Superseded(_) => with("cancellation", None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcome_has_the_word_of_the_conventions() {
        let text = String::new;
        let rolled_back = |cause| Outcome::RolledBack(cause);
        for (outcome, word, error) in [
            (Outcome::Promoted, "success", None),
            (rolled_back(Cause::Undone(text())), "success", None),
            (
                rolled_back(Cause::NotReady(text())),
                "failure",
                Some("not-ready"),
            ),
            (
                rolled_back(Cause::Platform(text())),
                "error",
                Some("platform"),
            ),
            (rolled_back(Cause::OutOfTime(text())), "timeout", None),
            (rolled_back(Cause::Cancelled(text())), "cancellation", None),
            (Outcome::Refused(text()), "skip", None),
            (Outcome::Superseded(text()), "cancellation", None),
            (
                Outcome::Held {
                    weight: 10,
                    reason: text(),
                },
                "held",
                None,
            ),
            (
                Outcome::Stuck {
                    cause: None,
                    problem: text(),
                },
                "error",
                Some("stuck"),
            ),
        ] {
            let result = TaskResult::of_run(&outcome, Exit::of(&outcome));
            assert_eq!(result, TaskResult { word, error }, "{outcome:?}");
        }
    }
}
