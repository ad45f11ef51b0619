//! The end of a command that was refused, or did not succeed, outside of a run: the sentence, the next step and the exit code.

use serde_json::{Value, json};

use crate::exit::Exit;
use crate::output::Output;
use crate::platform::DeployError;
use crate::report::Commands;
use crate::report::pipelines::EarlyEnd;

/// What was to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Task {
    /// A revision was to be created.
    Deploy,
    /// The traffic was to be pinned.
    Pin,
    /// Notes were to be removed.
    Forget,
    /// One revision was to get all traffic.
    Abort,
}

/// Why a deployment, or a pinning, did not succeed.
#[derive(Debug)]
pub(super) struct DeployFailure {
    /// What was to be done.
    pub(super) task: Task,
    /// The exit code.
    pub(super) code: Exit,
    /// What happened, as a sentence for people.
    pub(super) result: String,
    /// The revision that was created and stays active without traffic, if one was.
    pub(super) left_behind: Option<String>,
}

impl From<DeployError> for DeployFailure {
    fn from(error: DeployError) -> DeployFailure {
        DeployFailure::of(Task::Deploy, &error)
    }
}

impl Task {
    /// Returns how a task that failed is called.
    fn not_done(self) -> &'static str {
        match self {
            Task::Deploy => "not deployed",
            Task::Pin => "not pinned",
            Task::Forget => "not forgotten",
            Task::Abort => "not aborted",
        }
    }
}

impl DeployFailure {
    /// Returns what is known after this error.
    pub(super) fn of(task: Task, error: &DeployError) -> DeployFailure {
        let (code, label) = match error {
            DeployError::Refused(_) => (Exit::Refused, "refused"),
            DeployError::Failed(_) => (Exit::Failed, task.not_done()),
            DeployError::Unverified(_) => (Exit::Unverified, "NOT verified"),
        };
        DeployFailure {
            task,
            code,
            result: format!("{label}: {error}"),
            left_behind: None,
        }
    }

    fn lines(&self, commands: &Commands) -> Vec<String> {
        let mut lines = vec![self.result.clone()];
        if let Some(next) = self.next(commands) {
            lines.push(format!("next: {next}"));
        }
        if self.code == Exit::Refused {
            lines.push("nothing was written".to_owned());
        }
        lines.push(format!("exit code {}", self.code));
        lines
    }

    fn as_json(&self, commands: &Commands) -> Value {
        json!({
            "event": self.task.not_done().replace(' ', "-"),
            "result": self.result,
            "next": self.next(commands),
            "exit-code": self.code.code(),
        })
    }

    fn next(&self, commands: &Commands) -> Option<String> {
        let Some(revision) = &self.left_behind else {
            let status = commands.lockgate("status");
            return (self.code != Exit::Refused)
                .then(|| format!("see what production serves with {status}"));
        };
        let option = format!("--revision {revision}");
        Some(format!(
            "{revision} stays active without traffic; see its logs with {}, deactivate it with {}",
            commands.az("logs show", &option),
            commands.az("revision deactivate", &option)
        ))
    }
}

/// Prints what happened and what to type next. Returns the exit code.
pub(super) fn report(output: &Output, failure: &DeployFailure, commands: &Commands) -> Exit {
    let outcome = match failure.code {
        Exit::Refused => "refused",
        Exit::Cancelled => "cancelled",
        Exit::Unverified => "unverified",
        _ => failure.task.not_done(),
    };
    EarlyEnd::new(failure.code, outcome, &failure.result).publish(output);
    for line in failure.lines(commands) {
        output.text(&line);
    }
    output.command_event(failure.as_json(commands));
    failure.code
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::super::samples;
    use super::*;

    #[test]
    fn what_is_printed_about_a_deployment_that_did_not_succeed() {
        let commands = Commands::about(&samples::app_id());
        let why = || "a reason".to_owned();
        let failures = [
            DeployError::Refused(why()).into(),
            DeployError::Failed(why()).into(),
            DeployError::Unverified(why()).into(),
            DeployFailure::of(Task::Pin, &DeployError::Failed(why())),
            DeployFailure {
                task: Task::Deploy,
                code: Exit::Cancelled,
                result: "cancelled by SIGTERM before shop--v2 was ready".to_owned(),
                left_behind: Some("shop--v2".to_owned()),
            },
        ];
        let mut printed = String::new();
        for failure in &failures {
            let (text, json) = (
                failure.lines(&commands).join("\n"),
                failure.as_json(&commands),
            );
            writeln!(printed, "{text}\n{json}\n").unwrap();
        }
        insta::assert_snapshot!(printed);
    }
}
