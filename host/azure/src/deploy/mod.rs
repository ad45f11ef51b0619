//! Bringing a new revision into an app without giving it any traffic.
//!
//! In this order, each only where it is needed: mode Multiple (when asked for), pinning what follows
//! `latestRevision`, the new revision, and the proof that the traffic is what it was. Creating a
//! revision is the one place that sends a `template`, and it never carries traffic.

mod create;
mod find;
mod pin;
mod template;

pub use create::Deployed;
pub use pin::Pinned;

use crate::app::App;
use crate::arm::ArmError;
use crate::states::Mode;
use crate::status::AppStatus;

/// What shall be deployed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRevision {
    /// The whole reference of the new image.
    pub image: String,
    /// Which container gets it; needed when an app has several and the image does not tell.
    pub container: Option<String>,
    /// What follows the two dashes of the new revision's name.
    pub suffix: String,
    /// Whether an app in mode Single is switched to Multiple first.
    pub ensure_multiple: bool,
}

/// Why nothing was deployed, or why it is not certain.
#[derive(Debug, thiserror::Error)]
pub enum DeployError {
    /// Nothing was written.
    #[error("{0}")]
    Refused(String),
    /// A write was sent, and it failed or did not do what it should. The traffic is what it was.
    #[error("{0}")]
    Failed(String),
    /// The traffic may not be what it was.
    #[error("{0}")]
    Unverified(String),
}

impl DeployError {
    /// Before the first write an unreadable app is one in which nothing is begun.
    fn before(error: &ArmError) -> DeployError {
        DeployError::Refused(error.to_string())
    }

    fn after(error: &ArmError) -> DeployError {
        DeployError::Failed(error.to_string())
    }
}

/// Refuses an app in which somebody else is at work, or whose traffic nobody could keep.
fn check_free(status: &AppStatus) -> Result<(), DeployError> {
    let app = &status.app;
    let refuse = |why: String| Err(DeployError::Refused(why));
    match &status.lease {
        Ok(None) => {}
        Ok(Some(lease)) => {
            return refuse(format!(
                "run {} holds the lease on {} and may be under way; see it with `lockgate status`, \
                 end it with `lockgate recover` or `lockgate abort`",
                lease.run,
                app.name()
            ));
        }
        Err(error) => return refuse(crate::resolve::damaged(app, error)),
    }
    if !status.has_ingress {
        return refuse(format!(
            "{} has no ingress, so there is no traffic to keep from a new revision",
            app.name()
        ));
    }
    match status.provisioning {
        crate::states::Provisioning::Succeeded => Ok(()),
        ref state => refuse(format!(
            "{} is not at rest: its provisioningState is {state}; wait until {} says Succeeded",
            app.name(),
            app.az("show", "--query properties.provisioningState")
        )),
    }
}

/// Says what to type where the mode is not Multiple.
fn check_mode(status: &AppStatus, may_switch: bool) -> Result<bool, DeployError> {
    let name = status.app.name();
    match &status.mode {
        Mode::Multiple => Ok(false),
        Mode::Single if may_switch => Ok(true),
        Mode::Single => Err(DeployError::Refused(format!(
            "{name} is in revision mode Single, where a new revision takes all traffic at once; \
             pass --ensure-multiple to have it switched first"
        ))),
        Mode::Other(mode) => Err(DeployError::Refused(format!(
            "{name} is in revision mode {mode}; lockgate works in mode Multiple alone"
        ))),
    }
}

impl App {
    /// Reads the app and says what keeps a deployment from it. Writes nothing.
    ///
    /// # Errors
    /// [`DeployError::Refused`] in every case.
    pub async fn check_deployable(&self, order: &NewRevision) -> Result<(), DeployError> {
        let status = self.describe().await.map_err(|e| DeployError::before(&e))?;
        check_free(&status)?;
        check_mode(&status, order.ensure_multiple)?;
        template::check_suffix(self.id().name(), &order.suffix).map_err(DeployError::Refused)
    }
}
