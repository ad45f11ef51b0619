//! Complete commands for a person to type: the reader of a log at night has no configuration at hand.

use crate::platform::AppId;

/// The commands about one app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Commands {
    name: String,
    resource_group: String,
    subscription: String,
}

impl Commands {
    /// Returns the commands about this app.
    pub(crate) fn about(app: &AppId) -> Commands {
        Commands {
            name: app.name().to_owned(),
            resource_group: app.resource_group().to_owned(),
            subscription: app.subscription().to_owned(),
        }
    }

    /// Returns a command of lockgate, such as `abort`, in backquotes.
    pub(crate) fn lockgate(&self, command: &str) -> String {
        format!(
            "`lockgate {command} --app {} --resource-group {} --subscription {}`",
            self.name, self.resource_group, self.subscription
        )
    }

    /// Returns a command of `az containerapp`, such as `logs show`, in backquotes; `rest` is its further flags.
    pub(crate) fn az(&self, command: &str, rest: &str) -> String {
        format!(
            "`az containerapp {command} --name {} --resource-group {} --subscription {} {rest}`",
            self.name, self.resource_group, self.subscription
        )
    }

    /// Returns the command of `az` that sends all traffic to a revision, for when lockgate cannot.
    pub(super) fn set_all_traffic(&self, revision: &str) -> String {
        self.az(
            "ingress traffic set",
            &format!("--revision-weight {revision}=100"),
        )
    }
}
