//! Which revision is the canary: the one with the selected name or image, or the newest one.
//!
//! Returns one revision or refuses. When several match, it refuses.

use super::candidates::{active_list, listed};
use super::checks::{check_active, check_not_failed};
use super::failed::check_not_marked;
use super::selection::{CanaryChoice, ImageChoice, Refusal, Selection};
use crate::status::{AppStatus, RevisionStatus};

/// Returns the canary. It is active, has no traffic and is not the stable revision.
pub(super) fn find_canary<'a>(
    status: &'a AppStatus,
    stable: &RevisionStatus,
    selection: &Selection,
    now: i64,
) -> Result<&'a RevisionStatus, Refusal> {
    let revision = match &selection.canary {
        None => newest(status, stable, now)?,
        Some(CanaryChoice::Revision(name)) => status.revision(name).ok_or_else(|| {
            format!(
                "there is no revision {name} of {}: see all with {}; {}",
                status.app.name(),
                status.app.list_revisions(),
                active_list(status, now)
            )
        })?,
        Some(CanaryChoice::Image(image)) => with_image(status, stable, image, now)?,
    };
    // `stable` has refused apps in which another revision has traffic.
    if revision.name == stable.name {
        return Err(format!(
            "{} was chosen as canary, but it already carries {} % of the traffic; there is \
             nothing to roll out; if you meant another revision, choose it, as in {}; {}",
            revision.name,
            revision.weight,
            choose(status, "REVISION"),
            active_list(status, now)
        ));
    }
    check_not_marked(status, revision, selection)?;
    check_active(status, revision, "canary")?;
    check_not_failed(status, revision)?;
    Ok(revision)
}

fn newest<'a>(
    status: &'a AppStatus,
    stable: &RevisionStatus,
    now: i64,
) -> Result<&'a RevisionStatus, Refusal> {
    let name = status.app.name();
    // Revisions are sorted, the newest first.
    let mut idle = status
        .revisions
        .iter()
        .filter(|r| r.active && r.weight == 0);
    let Some(first) = idle.next() else {
        return Err(format!(
            "{name} has no active revision beside {}, so there is nothing to roll out; create one with {}, or \
             activate one of those that {} shows",
            stable.name,
            status.app.lockgate("deploy --image IMAGE"),
            status.app.list_revisions()
        ));
    };
    if first.created.is_none() || first.created <= stable.created {
        return Err(format!(
            "the newest active revision without traffic, {}, is not newer than {}, which carries \
             it; if it is the canary, choose it by name, as in {}; {}",
            first.name,
            stable.name,
            choose(status, &first.name),
            active_list(status, now)
        ));
    }
    match idle.next() {
        Some(second) if second.created == first.created => Err(format!(
            "{} and {} were created in the same second; choose one, as in {}; {}",
            first.name,
            second.name,
            choose(status, &first.name),
            active_list(status, now)
        )),
        _ => Ok(first),
    }
}

fn with_image<'a>(
    status: &'a AppStatus,
    stable: &RevisionStatus,
    image: &ImageChoice,
    now: i64,
) -> Result<&'a RevisionStatus, Refusal> {
    let all: Vec<&RevisionStatus> = status
        .revisions
        .iter()
        .filter(|revision| image.is_run_by(revision))
        .collect();
    let others = candidates(status, stable, image);
    match others[..] {
        [one] => Ok(one),
        [] => match all[..] {
            [] => Err(format!(
                "no revision of {} is proven to run image {image}, by its digest: see all with {}; {}",
                status.app.name(),
                status.app.list_revisions(),
                active_list(status, now)
            )),
            // The stable one or an inactive revision: the caller refuses it with the reason.
            [one, ..] => Ok(all
                .iter()
                .copied()
                .find(|r| r.name == stable.name)
                .unwrap_or(one)),
        },
        [first, ..] => Err(format!(
            "several revisions run image {image} ({}); choose one by name, as in {}",
            listed(&others, now),
            choose(status, &first.name)
        )),
    }
}

/// Returns the active revisions with the image that could be the canary. The stable revision is never it, although it may
/// run the same image with another configuration; and then neither is an older one: a rollout that is repeated must not
/// go back.
fn candidates<'a>(
    status: &'a AppStatus,
    stable: &RevisionStatus,
    image: &ImageChoice,
) -> Vec<&'a RevisionStatus> {
    let is_stable = image.is_run_by(stable);
    (status.revisions.iter())
        .filter(|revision| image.is_run_by(revision))
        .filter(|revision| revision.active && revision.name != stable.name)
        .filter(|revision| !is_stable || revision.created > stable.created)
        .collect()
}

/// Returns whether the stable revision runs the image and carries all traffic, and no other could be its canary.
pub(super) fn is_promoted(
    status: &AppStatus,
    stable: &RevisionStatus,
    image: &ImageChoice,
) -> bool {
    image.is_run_by(stable) && stable.weight == 100 && candidates(status, stable, image).is_empty()
}

/// Returns the command that shows what a rollout of this canary would do.
fn choose(status: &AppStatus, canary: &str) -> String {
    status.app.lockgate(&format!("plan --canary {canary}"))
}
