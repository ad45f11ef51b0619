//! What an app has already: a revision with the image, or one with the name that a new one would get.

use super::new_revision::NewRevision;
use crate::app::App;
use crate::arm::ArmError;
use crate::resolve::{ImageChoice, digest};
use crate::status::RevisionStatus;

impl App {
    /// Returns whether an active revision is proven to run this image, by its digest, with what is to come with it. Of an
    /// image that has no digest it is false, and nothing is read.
    ///
    /// # Errors
    /// When the app cannot be read.
    pub async fn is_deployed(&self, image: &ImageChoice) -> Result<bool, ArmError> {
        if digest(&image.image).is_none() {
            return Ok(false);
        }
        let status = self.describe().await?;
        let runs = |revision: &RevisionStatus| revision.active && image.is_run_by(revision);
        Ok(status.revisions.iter().any(runs))
    }

    /// Returns the suffix for a new revision: the one that it has, or, where a revision of that name cannot be taken for
    /// it, that one with the first number behind it which makes a new name.
    ///
    /// # Errors
    /// When the app cannot be read.
    pub async fn unused_suffix(&self, new: &NewRevision) -> Result<String, ArmError> {
        let status = self.describe().await?;
        let image = new.image_choice();
        let is_free = |suffix: &str| {
            let taken = status.revision(&self.id().revision_name(suffix));
            taken.is_none_or(|revision| {
                let is_idle = revision.active && revision.weight == 0;
                is_idle && image.is_run_by(revision)
            })
        };
        let wanted = new.suffix.clone();
        let numbered = (2..).map(|number| format!("{}-{number}", new.suffix));
        let mut all = std::iter::once(wanted).chain(numbered);
        Ok(all.find(|suffix| is_free(suffix)).unwrap_or_default())
    }
}
