//! Whether an image is already deployed.

use crate::app::App;
use crate::arm::ArmError;
use crate::resolve::has_image;
use crate::status::RevisionStatus;

impl App {
    /// Returns whether an active revision runs this image. `image` is a whole reference, a tag or a digest.
    ///
    /// # Errors
    /// When the app cannot be read.
    pub async fn is_deployed(&self, image: &str) -> Result<bool, ArmError> {
        let status = self.describe().await?;
        let runs = |revision: &RevisionStatus| revision.active && has_image(revision, image);
        Ok(status.revisions.iter().any(runs))
    }
}
