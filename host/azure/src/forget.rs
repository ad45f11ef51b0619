//! Takes away what lockgate keeps on an app at rest: the notes that runs have left. Never touches a lease, and writes no
//! traffic.

use crate::app::App;
use crate::arm::{OperationOutcome, Subject};
use crate::deploy::{DeployError, check_free};
use crate::tags;
use crate::wire;

impl App {
    /// Removes every tag of lockgate, and reads the app again to check it. Writes nothing where there is none.
    ///
    /// # Errors
    /// [`DeployError::Refused`] before the write, as on an app with a lease; [`DeployError::Failed`] when the platform did
    /// not apply it; [`DeployError::Unverified`] when it was sent and the tags now are not certain.
    pub async fn forget(&self) -> Result<(), DeployError> {
        let status = self
            .describe()
            .await
            .map_err(|error| DeployError::Refused(error.to_string()))?;
        check_free(&status)?;
        if status.kept().is_empty() {
            return Ok(());
        }
        let call = self.connection.call(&self.id, &[], Subject::Tags);
        let body = wire::patch_of_tags(&tags::without_ours(&status.tags));
        let unchanged = async || self.is_unchanged(&status.traffic).await;
        let result = match self
            .connection
            .write_comparing(&call, &body, unchanged)
            .await
        {
            Ok(OperationOutcome::Failed(reason)) => return Err(DeployError::Failed(reason)),
            Ok(_) => "the write was accepted".to_owned(),
            Err(error) if error.may_have_been_applied() => error.to_string(),
            Err(error) => return Err(DeployError::Refused(error.to_string())),
        };
        let left = self
            .describe()
            .await
            .map(|status| status.kept())
            .map_err(|error| DeployError::Unverified(format!("{result}, but {error}")))?;
        if left.is_empty() {
            return Ok(());
        }
        let left: Vec<&str> = left.iter().map(|(tag, _)| tag.as_str()).collect();
        Err(DeployError::Unverified(format!(
            "{result}, but the app still has {}: look with {}",
            left.join(", "),
            self.id.lockgate("status")
        )))
    }
}
