//! Which revisions a person or a pipeline has selected, and whether a revision is among them.

use rollout::Labels;

use crate::status::{AppStatus, RevisionStatus};

/// The selected revisions. A revision that is `None` is derived from what was read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Selection {
    /// The stable revision's full name. It must be the one that carries the traffic.
    pub stable: Option<String>,
    /// The canary. If `None`: the newest active revision without traffic, provided that it is newer than the
    /// stable one.
    pub canary: Option<CanaryChoice>,
    /// Whether a revision that a gate said no to may be the canary although it was not chosen by its name.
    pub again: bool,
    /// The labels that the rollout moves.
    pub labels: Labels,
}

/// How the canary was selected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CanaryChoice {
    /// By the revision's full name.
    Revision(String),
    /// By the digest of the image of any of its containers: a reference that ends in one, or the digest alone.
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
            .is_some_and(|revision| runs_digest(revision, image)),
        None => false,
    }
}

/// Returns whether a container of the revision is proven to run the image: both are named by a digest, the same one. A tag
/// proves nothing, however equal, because it can be moved.
pub(crate) fn runs_digest(revision: &RevisionStatus, image: &str) -> bool {
    let Some(wanted) = digest(image) else {
        return false;
    };
    let mut images = revision.images.iter();
    images.any(|image| digest(image).is_some_and(|digest| hash(digest) == hash(wanted)))
}

/// Returns the digest in an image's name. `image` may be a whole reference, a digest, or its 64 hexadecimal digits.
pub(crate) fn digest(image: &str) -> Option<&str> {
    if let Some((_, digest)) = image.split_once('@') {
        return Some(digest);
    }
    let is_hash = image.len() == 64 && image.chars().all(|c| c.is_ascii_hexdigit());
    (is_hash || image.starts_with("sha256:")).then_some(image)
}

fn hash(digest: &str) -> &str {
    digest.split_once(':').map_or(digest, |(_, hash)| hash)
}
