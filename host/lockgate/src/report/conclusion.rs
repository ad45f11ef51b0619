//! The end of a report: what happened, what production serves now, and which command to type next.

use rollout::{Cause, Inspection, Outcome, Rollout, Traffic};

use super::attempts::RollbackAttempts;
use super::commands::Commands;

/// Returns what to type if the process is killed while it rolls back: a runner that asks a process to end often kills
/// it a moment later.
pub(super) fn if_killed(commands: &Commands) -> String {
    format!(
        "if this process is killed before it reports how the run ended, {} restores the baseline from any machine",
        commands.lockgate("abort")
    )
}

/// What the last read of the app showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LastRead {
    pub(super) traffic: Traffic,
    /// The run that the lease on the app names, if there is a lease.
    pub(super) lease_of: Option<String>,
}

/// The sentences that end a report.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Conclusion {
    /// What happened.
    pub(super) result: String,
    /// The same without the reason of a gate, for a reader who has that before them.
    pub(super) result_without_reason: String,
    /// What the last read of the app showed.
    pub(super) serves: String,
    /// How often the rollback was tried, and its last failure; `None` when it worked at once.
    pub(super) attempts: Option<String>,
    /// The command to type next, where there is one.
    pub(super) next: Option<String>,
}

impl Conclusion {
    /// Describes how a run ended.
    pub(super) fn of(
        rollout: &Rollout,
        outcome: &Outcome,
        last_read: Option<&LastRead>,
        attempts: &RollbackAttempts,
        commands: &Commands,
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
                Outcome::Idle => "there was nothing to do and nothing was written".to_owned(),
                _ => serves(last_read.map(|read| &read.traffic)),
            },
            attempts: match outcome {
                Outcome::Unverified { .. } | Outcome::Stuck { .. } => attempts.describe(),
                _ => None,
            },
            next: next(rollout, outcome, last_read, commands),
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

fn next(
    rollout: &Rollout,
    outcome: &Outcome,
    last_read: Option<&LastRead>,
    commands: &Commands,
) -> Option<String> {
    let lockgate = |command: &str| commands.lockgate(command);
    let found = rollout.inspection();
    Some(match outcome {
        Outcome::Promoted | Outcome::Refused(_) | Outcome::Idle | Outcome::Cancelled(_) => {
            return None;
        }
        Outcome::PromotedWithLease(_) => format!(
            "when the app can be written again, {} removes the lease and leaves the traffic as it is",
            lockgate(&format!("recover --promoted --run-id {}", rollout.run()))
        ),
        Outcome::RolledBack(_) => {
            let found = found.filter(|found| !found.is_first())?;
            let canary = &found.canary.name;
            let option = format!("--revision {canary}");
            format!(
                "{canary} stays active without traffic, so that you can inspect it, as with {}; deactivate it afterwards \
                 with {}",
                commands.az("logs show", &option),
                commands.az("revision deactivate", &option)
            )
        }
        Outcome::Held { .. } => format!(
            "{} continues from this weight, {} restores the baseline",
            lockgate("resume"),
            lockgate("abort")
        ),
        Outcome::Unverified { .. } => format!(
            "read the app with {}; if it still carries a lease, restore the baseline with {}",
            lockgate("status"),
            lockgate("abort")
        ),
        Outcome::Stuck { .. } => {
            // What cannot serve is named with its cures by the result.
            let fit = found.filter(|found| found.stable_unfit.is_none());
            let by_hand = fit.map_or_else(String::new, |found| {
                format!(
                    "; without lockgate, {} sends all traffic to {}",
                    commands.set_all_traffic(&found.stable.name),
                    found.stable.name
                )
            });
            format!(
                "a person must act: {} tries the rollback again{by_hand}",
                lockgate("abort")
            )
        }
        Outcome::Superseded(_) => {
            let restore = found
                .filter(|found| !found.is_first())
                .and_then(|found| restore(rollout, found, last_read, commands))
                .unwrap_or_default();
            format!(
                "read the app with {} and decide; lockgate does not write again by itself{restore}",
                lockgate("status")
            )
        }
    })
}

/// Returns what restores the baseline of a run that another writer has overtaken: `abort` follows the lease where the app
/// still has it. The run of somebody else is not to be ended for it.
fn restore(
    rollout: &Rollout,
    found: &Inspection,
    last_read: Option<&LastRead>,
    commands: &Commands,
) -> Option<String> {
    let lease_of = match last_read {
        Some(read) => read.lease_of.as_deref(),
        None => found.lease.as_ref().map(|lease| lease.run.as_str()),
    };
    let abort = match lease_of {
        Some(run) if run == rollout.run() => commands.lockgate("abort"),
        Some(_) => return None,
        None => commands.lockgate(&format!("abort --to {}", found.stable.name)),
    };
    Some(format!(
        "; {abort} restores the baseline of this run, {}",
        found.baseline
    ))
}
