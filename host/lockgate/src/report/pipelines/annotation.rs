//! The one annotation of a run: how much it asks of a person, its title, and the sentence that a person needs without
//! opening the log. A promotion has none.

use rollout::{Outcome, Rollout};

use crate::exit::Exit;
use crate::report::Ending;
use crate::store::run_summary::word;

/// How much an annotation asks of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    /// Something has failed.
    Error,
    /// Nothing has failed, and the run has not done what it was for.
    Warning,
    /// All is as planned, and a person goes on.
    Notice,
}

/// What a pipeline shows beside the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Annotation {
    pub(super) level: Level,
    pub(super) title: String,
    pub(super) text: String,
}

impl Annotation {
    /// Returns the annotation of a run that has ended; `None` where there is nothing to say.
    pub(super) fn of(rollout: &Rollout, ending: &Ending<'_>) -> Option<Annotation> {
        let level = level(rollout, ending)?;
        let conclusion = ending.conclusion;
        let text = format!("{}\n{}", conclusion.result, conclusion.serves);
        Some(Annotation::new(
            level,
            word(ending.outcome),
            ending.exit,
            text,
        ))
    }

    /// Returns an annotation with the title that all of them have.
    pub(super) fn new(level: Level, outcome: &str, exit: Exit, text: String) -> Annotation {
        let outcome = outcome.replace('-', " ");
        Annotation {
            level,
            title: format!("lockgate: {outcome} (exit code {exit})"),
            text,
        }
    }
}

fn level(rollout: &Rollout, ending: &Ending<'_>) -> Option<Level> {
    Some(match (ending.outcome, ending.exit) {
        (Outcome::PromotedWithLease(_), _) => Level::Warning,
        (_, Exit::Success) => return None,
        (Outcome::Held { weight, .. }, _) if waits_for_a_person(rollout, *weight) => Level::Notice,
        (_, Exit::Cancelled | Exit::Held | Exit::Refused | Exit::Superseded) => Level::Warning,
        _ => Level::Error,
    })
}

/// Returns whether the stage of this weight pauses for an approval.
fn waits_for_a_person(rollout: &Rollout, per_cent: u32) -> bool {
    let mut stages = rollout.plan().stages().iter();
    stages.any(|stage| stage.weight.per_cent() == per_cent && stage.pause.is_some())
}
