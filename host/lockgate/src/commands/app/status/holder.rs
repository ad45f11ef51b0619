//! What is known of the process that holds a lease, and what a person can do.

use std::time::Duration;

use rollout::{Lease, LeaseState, Weight, human};

use crate::report::Commands;

/// Returns what is known of the process that holds the lease, and what a person can do.
pub(super) fn state(lease: &Lease, now: u64, commands: &Commands) -> String {
    let abort = commands.lockgate("abort");
    let run = &lease.run;
    if lease.state == LeaseState::Held {
        let resume = commands.lockgate("resume");
        return format!("held: {resume} continues it, {abort} restores the baseline");
    }
    if lease.state == LeaseState::Paused {
        let left = lease.expires_at.checked_sub(now).filter(|left| *left > 0);
        return match left {
            Some(left) => format!(
                "paused for an approval for another {}: {} continues it, {abort} restores the baseline",
                human(Duration::from_secs(left)),
                commands.lockgate("resume")
            ),
            None => format!(
                "paused for an approval, whose time is over: {} restores the baseline",
                commands.lockgate("recover")
            ),
        };
    }
    let passed = if lease.weight == Weight::ALL {
        let tidy = commands.lockgate(&format!("recover --promoted --run-id {run}"));
        format!(
            "; if the run has ended with code 0, {tidy} removes the lease and keeps the traffic"
        )
    } else {
        String::new()
    };
    let last = human(Duration::from_secs(now.saturating_sub(lease.weight_since)));
    match lease.expires_at.checked_sub(now).filter(|left| *left > 0) {
        Some(_) if lease.is_newer() => {
            format!("whether it is alive is not known: {abort} restores the baseline{passed}")
        }
        Some(left) => format!(
            "last sign {last} ago; counts as alive for {} more: {abort} ends it and restores the baseline{passed}",
            human(Duration::from_secs(left))
        ),
        None => format!(
            "last sign {last} ago; counts as dead: {} restores the baseline{passed}",
            commands.lockgate("recover")
        ),
    }
}
