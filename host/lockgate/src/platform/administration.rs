//! What commands ask of the platform beside a rollout: two small traits next to `rollout::ports::Platform`.
//!
//! The implementation is in `app`. The traits say when a request may have changed something; they never move traffic
//! by themselves, except that `pin` writes the present split by name.

use super::values::{
    AppDescription, DeployError, Deployed, ImageChoice, NewRevision, Pinned, Retired,
};

/// Looks at an app, and changes what a rollout does not.
pub(crate) trait Administration {
    /// Reads the app and all of its revisions. A damaged lease is part of the result.
    ///
    /// # Errors
    /// When a read fails after its retries.
    async fn describe(&self) -> anyhow::Result<AppDescription>;

    /// Writes the traffic that follows `latestRevision` to the name of the revision that this means now, and reads it
    /// back. Writes nothing when no traffic follows it.
    ///
    /// # Errors
    /// [`DeployError::Refused`] before the write; afterwards the other two, which say what may have happened.
    async fn pin(&self) -> Result<Pinned, DeployError>;

    /// Removes every tag of lockgate from an app without a lease, and reads it back. Writes nothing where there is none.
    ///
    /// # Errors
    /// As for `pin`.
    async fn forget(&self) -> Result<(), DeployError>;

    /// Deactivates a revision that has no traffic, no label and no lease, while others carry everything.
    ///
    /// # Errors
    /// When the platform cannot be read, or when the request fails: then it may have had its effect.
    async fn retire(&self, revision: &str) -> anyhow::Result<Retired>;
}

/// Makes new revisions without traffic.
pub(crate) trait Deployment {
    /// Reads whether an active revision is proven to run this image, by its digest, and has what is to come with it.
    ///
    /// # Errors
    /// When the app cannot be read.
    async fn is_deployed(&self, image: &ImageChoice) -> anyhow::Result<bool>;

    /// Returns the suffix for a new revision: its own, or one with a number behind it where a revision of that name does
    /// not run its image by digest.
    ///
    /// # Errors
    /// When the app cannot be read.
    async fn unused_suffix(&self, revision: &NewRevision) -> anyhow::Result<String>;

    /// Reads whether the app's state allows a deployment. Returns what is worth a look all the same, as a sentence.
    ///
    /// # Errors
    /// [`DeployError::Refused`] in every case.
    async fn check_deployable(&self, revision: &NewRevision)
    -> Result<Option<String>, DeployError>;

    /// Creates the revision without traffic and reads back that the traffic is unchanged.
    ///
    /// # Errors
    /// [`DeployError::Refused`] before the first write; afterwards the other two, which say what may have happened.
    async fn deploy(&self, revision: &NewRevision) -> Result<Deployed, DeployError>;
}
