//! Which revision is stable: the only one that carries traffic.

use rollout::{Share, TrafficTarget};

use super::candidates::{active_list, set_weight};
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
        return Err(format!(
            "{chosen} was chosen as stable, but {carrier} carries the traffic of {name}; choose \
             {carrier}, or move the traffic first with {}",
            set_weight(status, chosen)
        ));
    }
    let revision = status.revision(carrier).ok_or_else(|| {
        format!(
            "{carrier} carries the traffic of {name}, but is not among its revisions; {}",
            active_list(status, now)
        )
    })?;
    check_active(status, revision, "stable")?;
    Ok(revision)
}

/// Returns the refusal of traffic that several revisions share.
fn shared(status: &AppStatus, selection: &Selection, carrying: &[&Share]) -> Refusal {
    let name = status.app.name();
    let canary_share = carrying.iter().find_map(|share| match &share.target {
        TrafficTarget::Revision(name) if is_chosen(status, selection, name) => Some(format!(
            "; {name}, the chosen canary, already carries {}",
            share.weight
        )),
        TrafficTarget::Revision(_) | TrafficTarget::LatestReady => None,
    });
    format!(
        "{} revisions of {name} share the traffic ({}){}; move all of it to the stable one with {}",
        carrying.len(),
        status.traffic,
        canary_share.unwrap_or_default(),
        set_weight(status, "<revision>")
    )
}
