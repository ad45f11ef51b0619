//! The last words of a run: what happened, what production serves now, and what to type next.

use rollout::{Inspection, Outcome, Rollout, Traffic};

use super::commands::Commands;
use super::tried::Tried;

/// Returns what to type should these be the last words of a run that has moved traffic: whoever asks a process to end
/// may also kill it a moment later.
pub(super) fn if_killed(commands: &Commands) -> String {
    format!(
        "should this process be killed before it says how it ended, {} gives the traffic back from any machine",
        commands.lockgate("abort")
    )
}

/// The last words.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Closing {
    /// What happened.
    pub(crate) result: String,
    /// What the last read of the app showed.
    pub(crate) serves: String,
    /// How often giving the traffic back was tried, and what came of it last; nothing when it worked at once.
    pub(crate) tried: Option<String>,
    /// What to type next, where there is something.
    pub(crate) next: Option<String>,
}

impl Closing {
    /// Finds them.
    pub(crate) fn of(
        rollout: &Rollout,
        outcome: &Outcome,
        (last_read, tried): (Option<&Traffic>, &Tried),
        commands: &Commands,
    ) -> Closing {
        let serves = match last_read {
            Some(traffic) => format!("production serves {traffic} (as last read back)"),
            None => "the traffic was not read back".to_owned(),
        };
        Closing {
            result: result(rollout, outcome),
            serves: match outcome {
                Outcome::Refused(_) => "nothing was written".to_owned(),
                Outcome::Idle => "nothing was to be done and nothing was written".to_owned(),
                _ => serves,
            },
            tried: match outcome {
                Outcome::Unverified { .. } | Outcome::Stuck { .. } => tried.words(),
                _ => None,
            },
            next: next(rollout, outcome, commands),
        }
    }
}

fn result(rollout: &Rollout, outcome: &Outcome) -> String {
    let canary = rollout
        .inspection()
        .map_or("the canary", |found| found.canary.name.as_str());
    let is_first = rollout.inspection().is_some_and(Inspection::is_first);
    match outcome {
        Outcome::Promoted if is_first => {
            format!("good: {canary}, the app's first revision, passed its gates and carries 100 %")
        }
        Outcome::Promoted => format!("promoted: {canary} carries 100 %"),
        Outcome::RolledBack(cause) if is_first => format!(
            "not good: {cause}; {canary} is the app's only revision and carries 100 %, so there is nothing to give \
             the traffic back to"
        ),
        Outcome::RolledBack(cause) if rollout.has_written() => format!("rolled back: {cause}"),
        Outcome::RolledBack(cause) => format!("stopped before any traffic moved: {cause}"),
        Outcome::Held { weight, reason } => format!("held at {weight} %: {reason}"),
        Outcome::Unverified { cause, problem } if rollout.has_written() => {
            format!("rollback sent but NOT verified: {problem} (rolling back because {cause})")
        }
        Outcome::Unverified { cause, problem } => format!(
            "stopped before any traffic moved, but the app could not be read once more: {problem} (because {cause})"
        ),
        Outcome::Stuck {
            cause: Some(cause),
            problem,
        } => format!("STUCK, the rollback failed: {problem} (rolling back because {cause})"),
        Outcome::Stuck {
            cause: None,
            problem,
        } => format!("STUCK: {problem}"),
        Outcome::Refused(reason) => format!("refused: {reason}"),
        Outcome::Superseded(found) => {
            format!("superseded: somebody else changed the app, hands off: {found}")
        }
        Outcome::Idle => "idle: the app carries no lease of a run".to_owned(),
    }
}

fn next(rollout: &Rollout, outcome: &Outcome, commands: &Commands) -> Option<String> {
    let lockgate = |command| commands.lockgate(command);
    let found = rollout.inspection();
    Some(match outcome {
        Outcome::Promoted | Outcome::Refused(_) | Outcome::Idle => return None,
        Outcome::RolledBack(_) => {
            let found = found.filter(|found| !found.is_first())?;
            format!(
                "{} stays active without traffic, to be looked at; deactivate it when that is done",
                found.canary.name
            )
        }
        Outcome::Held { .. } => format!(
            "{} goes on from here, {} gives all traffic back",
            lockgate("resume"),
            lockgate("abort")
        ),
        Outcome::Unverified { .. } => format!(
            "see what stands with {}; if a lease is left, {}",
            lockgate("status"),
            lockgate("abort")
        ),
        Outcome::Stuck { .. } => {
            let by_hand = found.map_or_else(String::new, |found| {
                format!(
                    "; without lockgate, {} gives it back",
                    commands.give_all_to(&found.stable.name)
                )
            });
            format!(
                "a person must act: {} tries again{by_hand}",
                lockgate("abort")
            )
        }
        Outcome::Superseded(_) => format!(
            "see what stands with {} and decide; lockgate does not write again by itself",
            lockgate("status")
        ),
    })
}
