//! What a request is about: the words that errors use for it, the permission that it needs, and a role that has
//! that permission.

use crate::endpoint::AppId;

/// What a request is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Subject {
    App,
    Apps,
    Traffic,
    Template,
    Mode,
    Tags,
    Revisions,
    Revision(String),
    Replicas(String),
    Activation(String),
    Deactivation(String),
    Operation,
    Metrics,
    Permissions,
}

impl Subject {
    /// Returns what the request does, as the subject of a sentence.
    pub(super) fn doing(&self) -> String {
        match self {
            Subject::App => "reading the app".to_owned(),
            Subject::Apps => "listing the apps".to_owned(),
            Subject::Traffic => "writing the traffic".to_owned(),
            Subject::Template => "creating the revision".to_owned(),
            Subject::Mode => "switching the revision mode".to_owned(),
            Subject::Tags => "writing the tags".to_owned(),
            Subject::Revisions => "listing the revisions".to_owned(),
            Subject::Revision(name) => format!("reading revision {name}"),
            Subject::Replicas(name) => format!("listing the replicas of {name}"),
            Subject::Activation(name) => format!("activating revision {name}"),
            Subject::Deactivation(name) => format!("deactivating revision {name}"),
            Subject::Operation => "following the operation".to_owned(),
            Subject::Metrics => "reading the request counts".to_owned(),
            Subject::Permissions => "reading the permissions".to_owned(),
        }
    }

    /// Returns the path of the request with the names in it left out, for groups of requests: a few words in all.
    pub(super) fn path_template(&self) -> &'static str {
        match self {
            Subject::App | Subject::Traffic | Subject::Template | Subject::Mode | Subject::Tags => {
                "containerApps/{app}"
            }
            Subject::Apps => "containerApps",
            Subject::Revisions => "containerApps/{app}/revisions",
            Subject::Revision(_) => "containerApps/{app}/revisions/{revision}",
            Subject::Replicas(_) => "containerApps/{app}/revisions/{revision}/replicas",
            Subject::Activation(_) => "containerApps/{app}/revisions/{revision}/activate",
            Subject::Deactivation(_) => "containerApps/{app}/revisions/{revision}/deactivate",
            Subject::Operation => "operation",
            Subject::Metrics => "metrics",
            Subject::Permissions => "permissions",
        }
    }

    /// Returns the permission that the request needs, by its name in role definitions.
    pub(super) fn action(&self) -> &'static str {
        match self {
            Subject::App | Subject::Apps => "Microsoft.App/containerApps/read",
            Subject::Traffic | Subject::Template | Subject::Mode | Subject::Tags => {
                "Microsoft.App/containerApps/write"
            }
            Subject::Revisions | Subject::Revision(_) => {
                "Microsoft.App/containerApps/revisions/read"
            }
            Subject::Replicas(_) => "Microsoft.App/containerApps/revisions/replicas/read",
            Subject::Activation(_) => "Microsoft.App/containerApps/revisions/activate/action",
            Subject::Deactivation(_) => "Microsoft.App/containerApps/revisions/deactivate/action",
            Subject::Operation => "Microsoft.App/locations/containerappOperationStatuses/read",
            Subject::Metrics => "Microsoft.Insights/metrics/read",
            Subject::Permissions => "Microsoft.Authorization/permissions/read",
        }
    }

    /// Returns the built-in role with the fewest rights that has the permission.
    pub(super) fn role(&self) -> &'static str {
        match self {
            Subject::Metrics => "Monitoring Reader",
            Subject::Permissions => "Reader",
            Subject::App
            | Subject::Apps
            | Subject::Traffic
            | Subject::Template
            | Subject::Mode
            | Subject::Tags
            | Subject::Revisions
            | Subject::Revision(_)
            | Subject::Replicas(_)
            | Subject::Activation(_)
            | Subject::Deactivation(_)
            | Subject::Operation => "Contributor",
        }
    }

    /// Returns what to check when the service found nothing.
    pub(super) fn when_not_found(&self, app: &AppId) -> String {
        if let Subject::Revision(_)
        | Subject::Replicas(_)
        | Subject::Activation(_)
        | Subject::Deactivation(_) = self
        {
            let list = app.list_revisions();
            return format!("check the revision's name with {list}");
        }
        format!(
            "there is no {app}; check the names with `az containerapp list --subscription {} \
             --output table`",
            app.subscription()
        )
    }
}
