//! Why a deployment failed, by what is known about the app afterwards.

use crate::arm::ArmError;

/// Why nothing was deployed, or why the result is not certain.
#[derive(Debug, thiserror::Error)]
pub enum DeployError {
    /// Nothing was written.
    #[error("{0}")]
    Refused(String),
    /// A write was sent, and it failed or did not have the expected effect. The traffic is unchanged.
    #[error("{0}")]
    Failed(String),
    /// The traffic may have changed.
    #[error("{0}")]
    Unverified(String),
}

impl DeployError {
    /// Returns the error of a request before the first write.
    pub(super) fn before_write(error: &ArmError) -> DeployError {
        DeployError::Refused(error.to_string())
    }

    /// Returns the error of a read after a write that does not touch traffic.
    pub(super) fn after_write(error: &ArmError) -> DeployError {
        DeployError::Failed(error.to_string())
    }
}
