//! Whether an image is deployed already.

use crate::app::App;
use crate::arm::ArmError;
use crate::resolve::has_image;

impl App {
    /// Says whether an active revision runs this image: a reference, a tag or a digest.
    ///
    /// # Errors
    /// When the app cannot be read.
    pub async fn is_deployed(&self, image: &str) -> Result<bool, ArmError> {
        let status = self.describe().await?;
        let runs = |revision: &crate::RevisionStatus| revision.active && has_image(revision, image);
        Ok(status.revisions.iter().any(runs))
    }
}
