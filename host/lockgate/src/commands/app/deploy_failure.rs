//! The end of a command whose deployment or pinning did not succeed: the sentence, the next step and the exit code.

use serde_json::json;

use crate::exit;
use crate::output::Output;
use crate::platform::DeployError;
use crate::report::Commands;

/// Why a deployment, or a pinning, did not succeed.
#[derive(Debug)]
pub(super) struct DeployFailure {
    /// The exit code.
    pub(super) code: u8,
    /// What happened, as a sentence for people.
    pub(super) result: String,
    /// The revision that was created and stays active without traffic, if one was.
    pub(super) left_behind: Option<String>,
}

impl From<DeployError> for DeployFailure {
    fn from(error: DeployError) -> DeployFailure {
        let (code, label) = match error {
            DeployError::Refused(_) => (exit::REFUSED, "refused"),
            DeployError::Failed(_) => (exit::FAILED, "not deployed"),
            DeployError::Unverified(_) => (exit::UNVERIFIED, "NOT verified"),
        };
        DeployFailure {
            code,
            result: format!("{label}: {error}"),
            left_behind: None,
        }
    }
}

/// Prints what happened and what to type next. Returns the exit code.
pub(super) fn report(output: &Output, failure: &DeployFailure, commands: &Commands) -> u8 {
    output.text(&failure.result);
    let next = failure.left_behind.as_ref().map(|revision| {
        format!(
            "{revision} stays active without traffic; see its logs with {}, deactivate it with {}",
            commands.az("logs show", &format!("--revision {revision}")),
            commands.az("revision deactivate", &format!("--revision {revision}"))
        )
    });
    if let Some(next) = &next {
        output.text(&format!("next: {next}"));
    }
    if failure.code == exit::REFUSED {
        output.text("nothing was written");
    }
    output.text(&format!("exit code {}", failure.code));
    output.json(&json!({
        "event": "not-deployed", "result": failure.result, "next": next, "exit-code": failure.code,
    }));
    failure.code
}
