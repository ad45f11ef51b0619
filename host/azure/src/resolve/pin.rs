//! The traffic array that a pin writes, computed from what was read. Never changes what a revision gets.

use rollout::{Share, Traffic, TrafficTarget, Weight};

use crate::status::AppStatus;

/// The traffic to write, and the revision that takes the place of `latestRevision` in it.
pub(crate) struct Pin {
    pub(crate) revision: String,
    pub(crate) traffic: Traffic,
}

/// Returns the pin for what was read. `None` when no entry with a weight or a label follows `latestRevision` and each
/// revision has one entry at most: `az` adds a second one, and a rollout could not write that.
pub(crate) fn pin_of(status: &AppStatus) -> Result<Option<Pin>, String> {
    let mut shares: Vec<Share> = Vec::new();
    let mut pinned = None;
    for share in &status.traffic.0 {
        let counts = share.weight != Weight::ZERO || share.label.is_some();
        let follows = share.target == TrafficTarget::LatestReady;
        let mut share = share.clone();
        if follows && counts {
            share.target = TrafficTarget::Revision(latest_ready(status)?);
        }
        let target = share.target.clone();
        let is_joined = match shares.iter_mut().find(|other| other.target == target) {
            Some(other) => {
                join(status, other, &share)?;
                true
            }
            None => {
                shares.push(share);
                false
            }
        };
        if let TrafficTarget::Revision(name) = target
            && (is_joined || (follows && counts))
        {
            pinned.get_or_insert(name);
        }
    }
    let traffic = Traffic(shares);
    Ok(pinned.map(|revision| Pin { revision, traffic }))
}

/// Returns the active revision that `latestRevision` means now.
fn latest_ready(status: &AppStatus) -> Result<String, String> {
    let is_active = |name: &String| status.revision(name).is_some_and(|found| found.active);
    status.latest_ready.clone().filter(is_active).ok_or_else(|| {
        format!(
            "no revision of {} is ready, so there is none to pin its traffic to: see them with {}",
            status.app.name(),
            status.app.list_revisions()
        )
    })
}

/// Adds a second entry of a revision to its first one.
fn join(status: &AppStatus, first: &mut Share, second: &Share) -> Result<(), String> {
    let name = &first.target;
    if let (Some(one), Some(other)) = (&first.label, &second.label)
        && one != other
    {
        let option = format!("--label {other}");
        return Err(format!(
            "{name} would have two labels, {one} and {other}; remove one of them: {} takes {other} away",
            status.app.az("revision label remove", &option)
        ));
    }
    let sum = first.weight.per_cent() + second.weight.per_cent();
    first.weight = Weight::new(sum).ok_or_else(|| {
        format!(
            "the weights of {name} add up to {sum}, more than 100: {} gives it all traffic",
            status.app.set_all_traffic(&name.to_string())
        )
    })?;
    first.label = first.label.take().or_else(|| second.label.clone());
    Ok(())
}
