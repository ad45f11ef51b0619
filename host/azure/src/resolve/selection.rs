//! Which revisions a person or a pipeline has selected, and whether a revision is among them.

use std::fmt;

use rollout::Labels;
use serde_json::Value;

use crate::deploy::TemplateChanges;
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
    /// By the image that it runs.
    Image(ImageChoice),
}

/// An image, and what comes with it, as a rollout wants them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ImageChoice {
    /// A reference that ends in a digest, or a digest; of any other image nothing is proven. Any container may run it.
    pub image: String,
    /// The container that has to run the image, where something comes with it.
    pub container: Option<String>,
    /// What the template has to have beside the image.
    pub changes: TemplateChanges,
}

impl fmt::Display for ImageChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.image)?;
        if !self.changes.is_empty() {
            f.write_str(" with what is to come with it")?;
        }
        Ok(())
    }
}

impl ImageChoice {
    /// Returns whether the revision is proven to run the image, and has what is to come with it.
    pub(crate) fn is_run_by(&self, revision: &RevisionStatus) -> bool {
        if self.changes.is_empty() {
            return runs_digest(revision, &self.image);
        }
        let template = &revision.template.0;
        let named = |container: &&Value| {
            let name = self.container.as_deref();
            name.is_none_or(|name| container["name"] == name)
        };
        let mut containers = template["containers"].as_array().into_iter().flatten();
        containers.any(|container| {
            let image = container["image"].as_str().unwrap_or_default();
            named(&container)
                && has_digest(image, &self.image)
                && self.changes.lacking(template, container).is_empty()
        })
    }
}

/// A sentence for people about why nothing begins.
pub(super) type Refusal = String;

/// Returns whether the selection names this revision as the canary.
pub(super) fn is_chosen(status: &AppStatus, selection: &Selection, name: &str) -> bool {
    match &selection.canary {
        Some(CanaryChoice::Revision(chosen)) => chosen == name,
        Some(CanaryChoice::Image(image)) => status
            .revision(name)
            .is_some_and(|revision| image.is_run_by(revision)),
        None => false,
    }
}

/// Returns whether a container of the revision is proven to run the image: both are named by a digest, the same one. A tag
/// proves nothing, however equal, because it can be moved.
pub(crate) fn runs_digest(revision: &RevisionStatus, image: &str) -> bool {
    revision.images.iter().any(|own| has_digest(own, image))
}

fn has_digest(image: &str, wanted: &str) -> bool {
    let digests = digest(image).zip(digest(wanted));
    digests.is_some_and(|(own, wanted)| hash(own) == hash(wanted))
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
