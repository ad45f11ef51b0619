//! What a request is about.
//!
//! Holds the words that errors use for it and the permission that it takes, so that every message
//! can name both.

use url::Url;

use super::error::ArmError;
use crate::endpoint::AppId;

/// A request about an app.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) url: Url,
    pub(crate) app: AppId,
    pub(crate) subject: Subject,
    pub(crate) lane: Lane,
}

/// Which connections a request uses, and how long it may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Lane {
    /// With everything else.
    #[default]
    Ordinary,
    /// Apart: what gives traffic back must not queue behind anything, and gives a silent
    /// connection up sooner.
    Rollback,
}

/// What a request is about: decides the words and the advice of its errors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Subject {
    App,
    Apps,
    Traffic,
    Template,
    Mode,
    Revisions,
    Revision(String),
    Replicas(String),
    Deactivation(String),
    Operation,
    Metrics,
    Permissions,
}

impl Subject {
    /// Returns what is being done, for messages.
    pub(super) fn doing(&self) -> String {
        match self {
            Subject::App => "reading the app".to_owned(),
            Subject::Apps => "listing the apps".to_owned(),
            Subject::Traffic => "writing the traffic".to_owned(),
            Subject::Template => "making the revision".to_owned(),
            Subject::Mode => "switching the revision mode".to_owned(),
            Subject::Revisions => "listing the revisions".to_owned(),
            Subject::Revision(name) => format!("reading revision {name}"),
            Subject::Replicas(name) => format!("listing the replicas of {name}"),
            Subject::Deactivation(name) => format!("deactivating revision {name}"),
            Subject::Operation => "following the operation".to_owned(),
            Subject::Metrics => "reading the counts of requests".to_owned(),
            Subject::Permissions => "reading the permissions".to_owned(),
        }
    }

    /// Returns the permission that it takes.
    pub(super) fn action(&self) -> &'static str {
        match self {
            Subject::App | Subject::Apps => "Microsoft.App/containerApps/read",
            Subject::Traffic | Subject::Template | Subject::Mode => {
                "Microsoft.App/containerApps/write"
            }
            Subject::Revisions | Subject::Revision(_) => {
                "Microsoft.App/containerApps/revisions/read"
            }
            Subject::Replicas(_) => "Microsoft.App/containerApps/revisions/replicas/read",
            Subject::Deactivation(_) => "Microsoft.App/containerApps/revisions/deactivate/action",
            Subject::Operation => "Microsoft.App/locations/containerappOperationStatuses/read",
            Subject::Metrics => "Microsoft.Insights/metrics/read",
            Subject::Permissions => "Microsoft.Authorization/permissions/read",
        }
    }

    /// Returns a built-in role that has it, and no more than it must.
    pub(super) fn role(&self) -> &'static str {
        match self {
            Subject::Metrics => "Monitoring Reader",
            Subject::Permissions => "Reader",
            _ => "Contributor",
        }
    }

    /// Returns where to look for a thing that was not found.
    pub(super) fn whereabouts(&self, app: &AppId) -> String {
        match self {
            Subject::Revision(_) | Subject::Replicas(_) | Subject::Deactivation(_) => {
                let list = app.az("revision list", "--all --output table");
                format!("check the revision's name with {list}")
            }
            _ => format!(
                "there is no {app}; check the names with `az containerapp list --subscription {} \
                 --output table`",
                app.subscription()
            ),
        }
    }
}

impl Call {
    /// Returns the same request on the rollback's own connections.
    pub(crate) fn urgent(self) -> Call {
        Call {
            lane: Lane::Rollback,
            ..self
        }
    }

    pub(super) fn unreadable(&self, reason: &str) -> ArmError {
        ArmError::Unreadable {
            doing: self.subject.doing(),
            reason: reason.to_owned(),
        }
    }
}
