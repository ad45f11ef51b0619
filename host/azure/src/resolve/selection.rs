//! Which revisions a person or a pipeline has selected, and whether a revision is among them.

use crate::status::{AppStatus, RevisionStatus};

/// The selected revisions. A revision that is `None` is derived from what was read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Selection {
    /// The stable revision's full name. It must be the one that carries the traffic.
    pub stable: Option<String>,
    /// The canary. If `None`: the newest active revision without traffic, provided that it is newer than the
    /// stable one.
    pub canary: Option<CanaryChoice>,
}

/// How the canary was selected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CanaryChoice {
    /// By the revision's full name.
    Revision(String),
    /// By an image of any of its containers: the whole reference, its tag, or its digest.
    Image(String),
}

/// A sentence for people about why nothing begins.
pub(super) type Refusal = String;

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

/// Returns whether a container of the revision runs the image. `wanted` may be the whole reference, the reference
/// without its digest, the tag, or the digest with or without its algorithm.
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
