//! Commands for a person to type, complete: whoever reads the end of a log at night has no configuration at hand.

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

    /// Returns one of lockgate's own.
    pub(super) fn lockgate(&self, command: &str) -> String {
        format!(
            "`lockgate {command} --app {} --resource-group {} --subscription {}`",
            self.name, self.resource_group, self.subscription
        )
    }

    /// Returns one of the platform's own.
    pub(crate) fn az(&self, command: &str, rest: &str) -> String {
        format!(
            "`az containerapp {command} --name {} --resource-group {} --subscription {} {rest}`",
            self.name, self.resource_group, self.subscription
        )
    }

    /// Returns the platform's own command that gives a revision all traffic, for when lockgate cannot.
    pub(super) fn give_all_to(&self, revision: &str) -> String {
        self.az(
            "ingress traffic set",
            &format!("--revision-weight {revision}=100"),
        )
    }
}
