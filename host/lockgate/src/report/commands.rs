//! Complete commands for a person to type: the reader of a log at night has no configuration at hand. Their text is made
//! by [`AppId`] alone.

use serde_json::Value;

use crate::platform::AppId;

/// The commands about one app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Commands(AppId);

impl Commands {
    /// Returns the commands about this app.
    pub(crate) fn about(app: &AppId) -> Commands {
        Commands(app.clone())
    }

    /// Returns a command of lockgate, such as `abort`, in backquotes.
    pub(crate) fn lockgate(&self, command: &str) -> String {
        self.0.lockgate(command)
    }

    /// Returns a command of `az containerapp`, such as `logs show`, in backquotes; `rest` is its further flags.
    pub(crate) fn az(&self, command: &str, rest: &str) -> String {
        self.0.az(command, rest)
    }

    /// Returns the command of `az` that sends all traffic to a revision, for when lockgate cannot.
    pub(super) fn set_all_traffic(&self, revision: &str) -> String {
        self.0.set_all_traffic(revision)
    }

    /// Returns a sentence of the engine, which names commands without their app, with complete ones.
    pub(super) fn complete(&self, sentence: &str) -> String {
        self.0.complete(sentence)
    }

    /// Completes the commands in every text of a JSON value.
    pub(super) fn complete_json(&self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.complete(text),
            Value::Array(values) => values.iter_mut().for_each(|one| self.complete_json(one)),
            Value::Object(members) => members.values_mut().for_each(|one| self.complete_json(one)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}
