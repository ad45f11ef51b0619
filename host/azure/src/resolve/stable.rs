//! Which revision is stable: the only one that carries traffic.

use rollout::{Share, TrafficTarget};

use super::candidates::{active_list, give_all};
use super::checks::{check_active, follows_latest};
use super::selection::{Refusal, Selection, is_chosen};
use crate::status::{AppStatus, RevisionStatus};

/// Returns the stable revision. It is active and carries all traffic.
pub(super) fn find_stable<'a>(
    status: &'a AppStatus,
    selection: &Selection,
    now: i64,
) -> Result<&'a RevisionStatus, Refusal> {
    let name = status.app.name();
    let carrying: Vec<&Share> = status
        .traffic
        .0
        .iter()
        .filter(|share| share.weight.per_cent() > 0)
        .collect();
    let [share] = carrying[..] else {
        return Err(shared(status, selection, &carrying));
    };
    let TrafficTarget::Revision(carrier) = &share.target else {
        return Err(follows_latest(status, share, selection, now));
    };
    if let Some(chosen) = selection.stable.as_ref().filter(|name| *name != carrier) {
        return Err(not_stable(status, chosen, carrier, now));
    }
    let revision = status.revision(carrier).ok_or_else(|| {
        format!(
            "{carrier} carries the traffic of {name}, but is not among its revisions: see them with {}; {}",
            status.app.list_revisions(),
            active_list(status, now)
        )
    })?;
    check_active(status, revision, "stable")?;
    Ok(revision)
}

/// Returns the refusal of a revision that was chosen as stable and carries no traffic.
fn not_stable(status: &AppStatus, chosen: &str, carrier: &str, now: i64) -> Refusal {
    let app = &status.app;
    let choose = app.lockgate(&format!("plan --stable {carrier}"));
    let what = format!(
        "{chosen} was chosen as stable, but {carrier} carries the traffic of {}; choose {carrier}, as in {choose}",
        app.name()
    );
    if status.revision(chosen).is_none() {
        return format!("{what}: there is no {chosen}; {}", active_list(status, now));
    }
    // No command that would move the traffic to a revision that has none: no gate has judged it.
    what
}

/// Returns the refusal of traffic that several revisions share.
fn shared(status: &AppStatus, selection: &Selection, carrying: &[&Share]) -> Refusal {
    let name = status.app.name();
    let canary = carrying.iter().find_map(|share| match &share.target {
        TrafficTarget::Revision(name) if is_chosen(status, selection, name) => Some((name, share)),
        TrafficTarget::Revision(_) | TrafficTarget::LatestReady => None,
    });
    let canary_share = canary.map(|(name, share)| {
        format!(
            "; {name}, the chosen canary, already carries {}",
            share.weight
        )
    });
    format!(
        "{} revisions of {name} share the traffic ({}){}: {}",
        carrying.len(),
        status.traffic,
        canary_share.unwrap_or_default(),
        give_all(status, canary.map(|(name, _)| name.as_str()))
    )
}
