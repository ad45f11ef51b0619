//! The memory of failures: a revision that a gate said no to is not the canary again unless a person says so.

use super::selection::{CanaryChoice, Refusal, Selection, runs_digest};
use crate::status::{AppStatus, RevisionStatus};

/// Refuses a canary that a gate said no to, unless it was chosen by its name or is to be tried again.
pub(super) fn check_not_marked(
    status: &AppStatus,
    revision: &RevisionStatus,
    selection: &Selection,
) -> Result<(), Refusal> {
    let is_named = matches!(selection.canary, Some(CanaryChoice::Revision(_)));
    if is_named || selection.again || !status.failed.contains(&revision.name) {
        return Ok(());
    }
    Err(again(
        status,
        &revision.name,
        "it is not rolled out again by itself",
    ))
}

/// Refuses the deployment of an image that a revision runs to which a gate said no, by its digest, unless it is to be tried
/// again. A revision that was deleted is not known any more.
pub(super) fn check_image_not_marked(
    status: &AppStatus,
    image: &str,
    selection: &Selection,
) -> Result<(), Refusal> {
    if selection.again {
        return Ok(());
    }
    let marked = status.failed.iter().rev();
    let mut marked = marked.filter_map(|name| status.revision(name));
    match marked.find(|revision| runs_digest(revision, image)) {
        None => Ok(()),
        Some(revision) => Err(again(
            status,
            &revision.name,
            "its image is not deployed again by itself",
        )),
    }
}

fn again(status: &AppStatus, failed: &str, consequence: &str) -> Refusal {
    let app = &status.app;
    format!(
        "{failed} did not pass its gates, so {consequence}: deploy a repaired image; or, where the cause lay elsewhere, try \
         the same once more with {} or {}",
        app.lockgate("rollout --again"),
        app.lockgate(&format!("rollout --canary {failed}"))
    )
}
