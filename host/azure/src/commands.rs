//! The text of every command about an app that a person is to type, `az` and lockgate's own. Nothing else makes one.
//!
//! Each is complete, so that it can be pasted on a machine without any configuration, and it is always in backquotes, so
//! that a test can find it. Nothing here decides which command helps.

use crate::endpoint::{AppId, Endpoint};

impl AppId {
    /// Returns a command of `az containerapp`, such as `logs show`; `rest` is its further flags.
    pub fn az(&self, command: &str, rest: &str) -> String {
        let space = if rest.is_empty() { "" } else { " " };
        format!(
            "`az containerapp {command} --name {} --resource-group {} --subscription {}{space}{rest}`",
            self.name(),
            quoted(self.resource_group()),
            self.subscription()
        )
    }

    /// Returns the command that starts the app; `az containerapp` has none.
    pub(crate) fn start(&self) -> String {
        format!(
            "`az rest --method post --url '{}/start?api-version={}'`",
            self.resource_id(),
            Endpoint::DEFAULT_API_VERSION
        )
    }

    /// Returns the command that lists the locks on the app's resource group.
    pub(crate) fn list_locks(&self) -> String {
        format!(
            "`az lock list --resource-group {} --subscription {} --output table`",
            quoted(self.resource_group()),
            self.subscription()
        )
    }

    /// Returns a command of lockgate with its own flags, such as `abort --to shop--v1`. The app is left out of one about
    /// a whole resource group.
    pub fn lockgate(&self, command: &str) -> String {
        let app = match self.name() {
            "" => String::new(),
            name => format!(" --app {name}"),
        };
        format!(
            "`lockgate {command}{app} --resource-group {} --subscription {}`",
            quoted(self.resource_group()),
            self.subscription()
        )
    }

    /// Returns the command of `az` that sends all traffic to a revision, for when lockgate cannot. It takes the traffic
    /// from every other revision, so a sentence with it has to say so.
    pub fn set_all_traffic(&self, revision: &str) -> String {
        let weight = format!("--revision-weight {revision}=100");
        self.az("ingress traffic set", &weight)
    }

    /// Returns the command that switches the app to revision mode Multiple. No traffic moves.
    pub(crate) fn switch_to_multiple(&self) -> String {
        self.az("revision set-mode", "--mode multiple")
    }

    /// Returns the command that shows whether the platform is still applying a change.
    pub(crate) fn show_state(&self) -> String {
        self.az("show", "--query properties.provisioningState")
    }

    /// Returns the command that lists all revisions of the app.
    pub(crate) fn list_revisions(&self) -> String {
        self.az("revision list", "--all --output table")
    }

    /// Returns a text in which every command of lockgate is complete. The engine knows no resource groups, so it writes
    /// `lockgate abort` and no more.
    pub fn complete(&self, text: &str) -> String {
        const BEGIN: &str = "`lockgate ";
        let mut complete = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find(BEGIN) {
            let (before, command) = rest.split_at(at);
            complete.push_str(before);
            let command = &command[BEGIN.len()..];
            let Some((command, after)) = command.split_once('`') else {
                complete.push_str(BEGIN);
                rest = command;
                continue;
            };
            if command.contains(" --app ") {
                complete.push_str(&format!("{BEGIN}{command}`"));
            } else {
                complete.push_str(&self.lockgate(command));
            }
            rest = after;
        }
        complete.push_str(rest);
        complete
    }
}

/// Returns a name as a shell takes it. Azure allows parentheses in the names of resource groups.
fn quoted(name: &str) -> String {
    if name.contains(['(', ')']) {
        format!("'{name}'")
    } else {
        name.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use crate::endpoint::AppId;
    use crate::scripted::app_id;

    #[test]
    fn commands_are_complete() {
        let app = app_id();
        let of_app = "--resource-group group --subscription 00000000-0000-0000-0000-000000000001";
        assert_eq!(
            app.lockgate("abort --to web--a"),
            format!("`lockgate abort --to web--a --app web {of_app}`")
        );
        assert_eq!(
            app.az("show", "--query properties"),
            format!("`az containerapp show --name web {of_app} --query properties`")
        );
        assert_eq!(
            app.az("show", ""),
            format!("`az containerapp show --name web {of_app}`")
        );
    }

    #[test]
    fn resource_group_with_parentheses_is_quoted() {
        let subscription = "00000000-0000-0000-0000-000000000001";
        let app = AppId::new(subscription, "team(1)", "web").unwrap();
        for command in [app.az("show", ""), app.lockgate("abort"), app.list_locks()] {
            assert!(
                command.contains(" --resource-group 'team(1)' "),
                "{command}"
            );
        }
    }

    #[test]
    fn every_command_of_lockgate_in_a_text_is_completed_once() {
        let app = app_id();
        let abort = app.lockgate("abort");
        let text = app.complete("either `lockgate abort`, or `az login`, or `lockgate abort`");
        assert_eq!(text, format!("either {abort}, or `az login`, or {abort}"));
        assert_eq!(app.complete(&text), text);
        let open = "an odd `lockgate abort";
        assert_eq!(app.complete(open), open);
    }
}
