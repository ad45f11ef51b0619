//! The values that commands exchange with the platform. Plain data: nothing here sends a request.
//!
//! Most are the `azure` crate's own, under one name for the whole executable. Ours are those that a test must be able
//! to build without a server.

use rollout::{Ended, Inspection, Lease, Promotion, Traffic};

pub(crate) use azure::{
    AppId, Aspect, AzureService, DeployError, Deployed, EnvValue, Existing, ImageChoice, Mode,
    Need, NewRevision, Obstacle, Permissions, Pinned, Provisioning, Reasons, Retired,
    RevisionStatus, Running, TagError, TemplateChanges, Thousandths, TokenScope, Undoing,
    secret_variables,
};

/// An app as it was read: what `status` prints and the preflight judges.
#[derive(Debug, Clone)]
pub(crate) struct AppDescription {
    pub(crate) app: AppId,
    /// How many revisions may be active at a time.
    pub(crate) mode: Mode,
    /// The app's host name; `None` without ingress, or while the platform has not assigned one.
    pub(crate) host: Option<String>,
    /// What the control plane is doing with the app.
    pub(crate) provisioning: Provisioning,
    pub(crate) traffic: Traffic,
    /// `None` without a lease; an error when its tags are damaged.
    pub(crate) lease: Result<Option<Lease>, TagError>,
    /// What the last `abort` or `recover` has left, if anything.
    pub(crate) ended: Option<Ended>,
    /// What the last promotion has replaced, if one is known.
    pub(crate) promotion: Option<Promotion>,
    /// What an undo of it would find, or why it would be refused.
    pub(crate) undo: Result<Undoing, String>,
    /// The last revisions that a gate said no to, the newest last.
    pub(crate) failed: Vec<String>,
    /// The tags of lockgate, each with its value.
    pub(crate) kept: Vec<(String, String)>,
    /// When the app was read, in seconds since 1970 on the platform's clock.
    pub(crate) read_at: u64,
    /// The newest first.
    pub(crate) revisions: Vec<RevisionStatus>,
}

impl AppDescription {
    /// Returns the description of an app that was read at a time of the platform's clock.
    pub(super) fn new(status: azure::AppStatus, read_at: u64) -> AppDescription {
        let now = i64::try_from(read_at).unwrap_or(i64::MAX);
        AppDescription {
            undo: azure::find_undo(&status, now),
            kept: status.kept(),
            promotion: status.promotion,
            failed: status.failed,
            ended: status.ended,
            read_at,
            app: status.app,
            mode: status.mode,
            host: status.fqdn,
            provisioning: status.provisioning,
            traffic: status.traffic,
            lease: status.lease,
            revisions: status.revisions,
        }
    }
}

/// The stable and the canary revision that a rollout would take, and the reasons for the choice.
#[derive(Debug, Clone)]
pub(crate) struct RevisionChoice {
    pub(crate) inspection: Inspection,
    pub(crate) reasons: Reasons,
}
