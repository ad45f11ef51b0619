//! The last line of a report: which command a person types next. Decides nothing about traffic.

use rollout::{Cause, Inspection, Outcome, Rollout};

use super::commands::Commands;
use super::last_read::LastRead;

/// Returns the name of the stable revision, for a sentence.
pub(super) fn stable(rollout: &Rollout) -> &str {
    let found = rollout.inspection();
    found.map_or("the stable revision", |found| found.stable.name.as_str())
}

/// Returns what to type after an undo: nothing keeps the revision from being rolled out again.
fn next_after_undo(rollout: &Rollout, outcome: &Outcome, commands: &Commands) -> Option<String> {
    let found = rollout.inspection()?;
    let lockgate = |command: &str| commands.lockgate(command);
    let undo = found.undoes.as_ref()?;
    Some(match outcome {
        Outcome::RolledBack(Cause::Undone(_)) => {
            let promoted = &undo.promotion.promoted;
            format!(
                "{promoted} stays active without traffic, and {} would take it for the canary again: deploy a repaired \
                 image, or deactivate it with {}",
                lockgate("rollout"),
                commands.az("revision deactivate", &format!("--revision {promoted}"))
            )
        }
        Outcome::RolledBack(_) => format!(
            "production is as before; {} does without the health checks",
            lockgate("undo --force")
        ),
        Outcome::Unverified { .. } | Outcome::Stuck { .. } => format!(
            "read the app with {}; {} tries again",
            lockgate("status"),
            lockgate("undo --force")
        ),
        _ => return None,
    })
}

/// Returns what to type next, where there is something.
pub(super) fn next(
    rollout: &Rollout,
    outcome: &Outcome,
    last_read: Option<&LastRead>,
    commands: &Commands,
    failed_goes: bool,
) -> Option<String> {
    let lockgate = |command: &str| commands.lockgate(command);
    let found = rollout.inspection();
    if let Some(next) = next_after_undo(rollout, outcome, commands) {
        return Some(next);
    }
    Some(match outcome {
        Outcome::Promoted if found.is_some_and(|found| !found.is_first()) => format!(
            "{} returns all traffic to {}",
            lockgate("undo"),
            stable(rollout)
        ),
        Outcome::Promoted | Outcome::Refused(_) | Outcome::Idle | Outcome::Cancelled(_) => {
            return None;
        }
        Outcome::PromotedWithLease(_) => format!(
            "when the app can be written again, {} removes the lease and leaves the traffic as it is",
            lockgate(&format!("recover --promoted --run-id {}", rollout.run()))
        ),
        Outcome::RolledBack(cause) => {
            let found = found.filter(|found| !found.is_first())?;
            after_rollback(&found.canary.name, cause.is_no(), commands, failed_goes)
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

/// Returns what becomes of a canary that has no traffic any more. `is_no` is true where a gate said no to it.
fn after_rollback(canary: &str, is_no: bool, commands: &Commands, failed_goes: bool) -> String {
    let option = format!("--revision {canary}");
    let logs = commands.az("logs show", &option);
    if failed_goes && is_no {
        return format!(
            "the logs of {canary} are kept, as {logs} shows them; deploy a repaired image"
        );
    }
    let deactivate = commands.az("revision deactivate", &option);
    let again = if is_no {
        let rollout = commands.lockgate(&format!("rollout --canary {canary}"));
        format!("; {rollout} rolls it out again, which none does by itself")
    } else {
        String::new()
    };
    format!(
        "{canary} stays active without traffic, so that you can inspect it, as with {logs}; deactivate it afterwards with \
         {deactivate}{again}"
    )
}
