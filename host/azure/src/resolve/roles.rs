//! The stable revision and the canary of a rollout, from one read of the app.

use rollout::{Inspection, Labels, Revision};

use super::canary::find_canary;
use super::checks::{check_app, check_lease, check_room, check_traffic};
use super::labels::check_labels;
use super::selection::{Refusal, Selection, is_chosen};
use super::stable::find_stable;
use crate::status::{AppStatus, RevisionStatus};

/// Returns stable revision, canary and baseline. `now` is in seconds since 1970 and is used for times in refusals
/// only.
pub(crate) fn resolve(
    status: &AppStatus,
    selection: &Selection,
    now: i64,
) -> Result<Inspection, Refusal> {
    check_lease(status, now)?;
    check_app(status)?;
    if let Some(only) = first_deployment(status, selection) {
        return inspection(status, only, only);
    }
    check_traffic(status, selection, now)?;
    check_labels(status, selection)?;
    let stable = find_stable(status, selection, now)?;
    let canary = find_canary(status, stable, selection, now)?;
    check_room(status)?;
    inspection(status, stable, canary)
}

/// Returns the app's only revision if it was chosen as the canary and carries all traffic. It must have been chosen:
/// an app whose other revisions were removed looks the same.
fn first_deployment<'a>(
    status: &'a AppStatus,
    selection: &Selection,
) -> Option<&'a RevisionStatus> {
    let [only] = &status.revisions[..] else {
        return None;
    };
    let stable_is_another = selection.stable.as_ref().is_some_and(|s| *s != only.name);
    (is_chosen(status, selection, &only.name)
        && !stable_is_another
        && status.is_complete
        && only.active
        && only.weight == 100)
        .then_some(only)
}

fn inspection(
    status: &AppStatus,
    stable: &RevisionStatus,
    canary: &RevisionStatus,
) -> Result<Inspection, Refusal> {
    Ok(Inspection {
        app: status.app.name().to_owned(),
        stable: with_url(status, stable)?,
        canary: with_url(status, canary)?,
        baseline: status.traffic.clone(),
        now: status.traffic.clone(),
        lease: None,
        stable_unfit: None,
        stable_state: Some(stable.state()),
        settled: true,
        labels: Labels::default(),
        undoes: None,
        read_at: 0,
    })
}

/// Returns the revision in the engine's words; without an address where it has none.
pub(super) fn revision_of(revision: &RevisionStatus) -> Revision {
    Revision {
        name: revision.name.clone(),
        url: revision.url.clone().unwrap_or_default(),
        image: revision.images.first().cloned().unwrap_or_default(),
    }
}

/// Returns the revision in the engine's words, or refuses it when it has no address.
fn with_url(status: &AppStatus, revision: &RevisionStatus) -> Result<Revision, Refusal> {
    if revision.url.is_some() {
        return Ok(revision_of(revision));
    }
    let show = status
        .app
        .az("revision show", &format!("--revision {}", revision.name));
    Err(format!(
        "revision {} has no address of its own; see {show}",
        revision.name
    ))
}
