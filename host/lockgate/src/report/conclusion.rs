//! The end of a report: what happened, what production serves now, and which command to type next.

use rollout::{Cause, Inspection, Intent, Outcome, Rollout, Traffic};

use super::attempts::RollbackAttempts;
use super::commands::Commands;
use super::last_read::LastRead;
use super::next::{next, stable};

/// Returns what to type if the process is killed while it rolls back: a runner that asks a process to end often kills
/// it a moment later.
pub(super) fn if_killed(commands: &Commands) -> String {
    format!(
        "if this process is killed before it reports how the run ended, {} restores the baseline from any machine",
        commands.lockgate("abort")
    )
}

/// The sentences that end a report.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Conclusion {
    /// What happened.
    pub(crate) result: String,
    /// The same without the reason of a gate, for a reader who has that before them.
    pub(crate) result_without_reason: String,
    /// What the last read of the app showed.
    pub(crate) serves: String,
    /// How often the rollback was tried, and its last failure; `None` when it worked at once.
    pub(crate) attempts: Option<String>,
    /// The command to type next, where there is one.
    pub(crate) next: Option<String>,
}

impl Conclusion {
    /// Describes how a run ended.
    pub(super) fn of(
        rollout: &Rollout,
        outcome: &Outcome,
        last_read: Option<&LastRead>,
        attempts: &RollbackAttempts,
        commands: &Commands,
        failed_goes: bool,
    ) -> Conclusion {
        Conclusion {
            result: commands.complete(&result(rollout, outcome, &Cause::to_string)),
            result_without_reason: commands.complete(&result(
                rollout,
                outcome,
                &Cause::without_reason,
            )),
            serves: match outcome {
                Outcome::Refused(_) | Outcome::Cancelled(_) => "nothing was written".to_owned(),
                Outcome::Idle => format!(
                    "there was nothing to do and nothing was written; {}",
                    serves(last_read.map(|read| &read.traffic))
                ),
                _ => serves(last_read.map(|read| &read.traffic)),
            },
            attempts: match outcome {
                Outcome::Unverified { .. } | Outcome::Stuck { .. } => attempts.describe(),
                _ => None,
            },
            next: next(rollout, outcome, last_read, commands, failed_goes),
        }
    }
}

fn serves(last_read: Option<&Traffic>) -> String {
    match last_read {
        Some(traffic) => format!("production serves {traffic} (as last read back)"),
        None => "the traffic was not read back".to_owned(),
    }
}

fn result(rollout: &Rollout, outcome: &Outcome, shown: &dyn Fn(&Cause) -> String) -> String {
    let canary = rollout
        .inspection()
        .map_or("the canary", |found| found.canary.name.as_str());
    let is_first = rollout.inspection().is_some_and(Inspection::is_first);
    if let Some(result) = result_of_undo(rollout, outcome, canary) {
        return result;
    }
    match outcome {
        Outcome::Promoted if is_first => {
            format!("good: {canary}, the app's first revision, passed its gates and carries 100 %")
        }
        Outcome::Promoted => format!("promoted: {canary} carries 100 %"),
        Outcome::PromotedWithLease(problem) => format!(
            "promoted: {canary} carries 100 % and passed every check; only the lease is left to tidy, because it could \
             not be removed: {problem}"
        ),
        Outcome::Cancelled(by) => format!("cancelled by {by} before the app was read"),
        Outcome::RolledBack(cause) if is_first => format!(
            "not good: {}; {canary} is the app's only revision and carries 100 %, so there is no revision to \
             roll back to",
            shown(cause)
        ),
        Outcome::RolledBack(cause @ Cause::EndedElsewhere(_)) => format!("{cause}"),
        Outcome::RolledBack(cause) if rollout.has_written() => {
            format!("rolled back: {}", shown(cause))
        }
        Outcome::RolledBack(cause) => {
            format!("stopped before any traffic moved: {}", shown(cause))
        }
        Outcome::Held { weight, reason } => format!("held at {weight} %: {reason}"),
        Outcome::Unverified { cause, problem } if rollout.has_written() => {
            let cause = shown(cause);
            format!("rollback sent but NOT verified: {problem} (rolling back because {cause})")
        }
        Outcome::Unverified { cause, problem } => format!(
            "stopped before any traffic moved, but the app could not be read once more: {problem} (because {})",
            shown(cause)
        ),
        Outcome::Stuck {
            cause: Some(cause),
            problem,
        } => {
            let cause = shown(cause);
            format!("STUCK, the rollback failed: {problem} (rolling back because {cause})")
        }
        Outcome::Stuck {
            cause: None,
            problem,
        } => format!("STUCK: {problem}"),
        Outcome::Refused(reason) => format!("refused: {reason}"),
        Outcome::Superseded(found) => {
            format!(
                "superseded: another writer changed the app, lockgate writes nothing more: {found}"
            )
        }
        Outcome::Idle => "idle: the app carries no lease of a run".to_owned(),
    }
}

/// Returns what an undo has come to where that has words of its own.
fn result_of_undo(rollout: &Rollout, outcome: &Outcome, canary: &str) -> Option<String> {
    if !matches!(rollout.intent(), Intent::Undo { .. }) {
        return None;
    }
    Some(match outcome {
        Outcome::RolledBack(Cause::Undone(_)) => {
            format!("undone: {} has all traffic again", stable(rollout))
        }
        Outcome::RolledBack(Cause::NotReady(reason)) => {
            format!("stopped before any traffic moved: {canary} is not ready: {reason}")
        }
        Outcome::Unverified {
            cause: Cause::Undone(_),
            problem,
        } => format!("undo sent but NOT verified: {problem}"),
        Outcome::Stuck {
            cause: Some(Cause::Undone(_)),
            problem,
        } => format!("STUCK, the undo failed: {problem}"),
        Outcome::Idle => {
            "undone already: the revision that the last promotion replaced has all traffic"
                .to_owned()
        }
        _ => return None,
    })
}
