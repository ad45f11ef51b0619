//! Which revision is the canary: by name, by image, or the newest one.
//!
//! Returns one revision or refuses; of several that would do it never picks one.

use super::candidates::{active_list, listed};
use super::{CanaryChoice, Refusal, Selection, active};
use crate::status::{AppStatus, RevisionStatus};

/// Returns the canary, which is active, has no traffic and is not the stable revision.
pub(super) fn canary<'a>(
    status: &'a AppStatus,
    stable: &RevisionStatus,
    selection: &Selection,
    now: i64,
) -> Result<&'a RevisionStatus, Refusal> {
    let revision = match &selection.canary {
        None => newest(status, stable, now)?,
        Some(CanaryChoice::Revision(name)) => status.revision(name).ok_or_else(|| {
            format!(
                "there is no revision {name} of {}; {}",
                status.app.name(),
                active_list(status, now)
            )
        })?,
        Some(CanaryChoice::Image(image)) => with_image(status, stable, image, now)?,
    };
    // Nobody but the stable revision has any weight by now.
    if revision.name == stable.name {
        return Err(format!(
            "{} was chosen as canary, but it already carries {} % of the traffic; there is \
             nothing to roll out, or another revision was meant: {}",
            revision.name,
            revision.weight,
            active_list(status, now)
        ));
    }
    active(status, revision, "canary")
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
            "{name} has no active revision beside {}, so there is nothing to roll out; make one \
             with {}, or activate one",
            stable.name,
            status.app.az("update", "--image <image>")
        ));
    };
    if first.created.is_none() || first.created <= stable.created {
        return Err(format!(
            "the newest active revision without traffic, {}, is not newer than {}, which carries \
             it; if it is meant, choose it by name with --canary {}; {}",
            first.name,
            stable.name,
            first.name,
            active_list(status, now)
        ));
    }
    match idle.next() {
        Some(second) if second.created == first.created => Err(format!(
            "{} and {} were made in the same second; choose one with --canary; {}",
            first.name,
            second.name,
            active_list(status, now)
        )),
        _ => Ok(first),
    }
}

fn with_image<'a>(
    status: &'a AppStatus,
    stable: &RevisionStatus,
    image: &str,
    now: i64,
) -> Result<&'a RevisionStatus, Refusal> {
    let all: Vec<&RevisionStatus> = status
        .revisions
        .iter()
        .filter(|revision| has_image(revision, image))
        .collect();
    // The stable revision may well run the same image with another configuration; it is never the
    // canary.
    let others: Vec<&RevisionStatus> = all
        .iter()
        .copied()
        .filter(|revision| revision.active && revision.name != stable.name)
        .collect();
    match others[..] {
        [one] => Ok(one),
        [] => match all[..] {
            [] => Err(format!(
                "no revision of {} runs image {image}; {}",
                status.app.name(),
                active_list(status, now)
            )),
            [one, ..] => Ok(all
                .iter()
                .copied()
                .find(|r| r.name != stable.name)
                .unwrap_or(one)),
        },
        _ => Err(format!(
            "several revisions run image {image} ({}); choose one by name with --canary",
            listed(&others, now)
        )),
    }
}

/// Returns whether the selection names this revision as the canary.
pub(super) fn is_chosen(status: &AppStatus, selection: &Selection, name: &str) -> bool {
    match &selection.canary {
        Some(CanaryChoice::Revision(chosen)) => chosen == name,
        Some(CanaryChoice::Image(image)) => status
            .revision(name)
            .is_some_and(|revision| has_image(revision, image)),
        None => false,
    }
}

/// Compares with the whole reference, the reference without its digest, the tag and the digest.
pub(crate) fn has_image(revision: &RevisionStatus, wanted: &str) -> bool {
    revision.images.iter().any(|image| {
        let (name, digest) = match image.split_once('@') {
            Some((name, digest)) => (name, Some(digest)),
            None => (image.as_str(), None),
        };
        // A colon before the last slash is a registry's port.
        let last = name.rsplit('/').next().unwrap_or(name);
        let tag = last.split_once(':').map(|(_, tag)| tag);
        let hash = digest.and_then(|digest| digest.split_once(':').map(|(_, hash)| hash));
        image == wanted || [Some(name), tag, digest, hash].contains(&Some(wanted))
    })
}
