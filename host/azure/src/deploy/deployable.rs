//! Whether a deployment would be refused at any point: every refusal of `create`, before anything is written.

use super::checks::{check_free, check_multiple, must_switch};
use super::error::DeployError;
use super::new_revision::{NewRevision, body, check_suffix, not_there};
use crate::app::App;
use crate::resolve::pin_of;

impl App {
    /// Reads the app and refuses if a deployment would be refused at any point. Returns what is worth a look all the same,
    /// as a sentence. Writes nothing.
    ///
    /// # Errors
    /// [`DeployError::Refused`] in every case.
    pub async fn check_deployable(&self, new: &NewRevision) -> Result<Option<String>, DeployError> {
        check_suffix(self.id(), new).map_err(DeployError::Refused)?;
        let read = self.describe().await;
        let status = read.map_err(|e| DeployError::before_write(&e))?;
        check_free(&status)?;
        if !must_switch(&status, new) {
            check_multiple(&status)?;
        }
        let name = self.id().revision_name(&new.suffix);
        if let Some(existing) = status.revision(&name) {
            return self.reuse(new, &status, existing).await.map(|_| None);
        }
        let read = self.document().await;
        let document = read.map_err(|e| DeployError::before_write(&e))?;
        body(self.id(), &document, new).map_err(DeployError::Refused)?;
        pin_of(&status).map_err(DeployError::Refused)?;
        Ok(not_there(&document, new))
    }
}
