//! Before `lockgate abort --to`: shows what it would write, and asks. Writes nothing. What the engine refuses or finds done
//! already is left to it.

use std::io::{IsTerminal as _, stdin};

use ::rollout::ports::Platform as _;
use ::rollout::{Intent, RevisionState, human};
use anyhow::Context as _;

use super::configuration;
use super::deploy_failure::{self, DeployFailure, Task};
use super::readiness::{NotReady, until_ready};
use crate::cli::AbortArgs;
use crate::exit::Exit;
use crate::output::Output;
use crate::platform::{self, DeployError};
use crate::report::Commands;
use crate::run::signals::CancelChannel;

/// Returns the exit code where nothing is to be written: the revision cannot serve, or nobody has agreed.
///
/// # Errors
/// Errors of the configuration and its credential, before the app is read.
pub(super) async fn refusal(
    args: &AbortArgs,
    to: &str,
    cancel: &mut CancelChannel,
    output: &Output,
) -> anyhow::Result<Option<Exit>> {
    let target = configuration::target(&args.target)?;
    let app = platform::app(&target)?;
    let refuse = |why: String| {
        let commands = Commands::about(&target.app);
        let failure = DeployFailure::of(Task::Abort, &DeployError::Refused(why));
        Some(deploy_failure::report(output, &failure, &commands))
    };
    let intent = Intent::Abort {
        by: String::new(),
        to: Some(to.to_owned()),
    };
    // What the engine refuses, or finds done already, it says itself.
    let Ok(found) = app.inspect(&intent).await else {
        return Ok(None);
    };
    if found.lease.is_some() {
        return Ok(None);
    }
    if found.stable_state == Some(RevisionState::Inactive) {
        let activate = target
            .app
            .az("revision activate", &format!("--revision {to}"));
        return Ok(refuse(format!(
            "{to} is not active, so it cannot serve: activate it with {activate}, or name another revision"
        )));
    }
    let limit = target.timing.readiness_deadline;
    let show = |reason: &str| output.text(&format!("not ready yet: {reason}"));
    match until_ready(&app, to, limit, &mut cancel.receiver, show).await {
        Ok(()) => {}
        Err(NotReady::Never(reason)) => return Ok(refuse(format!("{to} cannot serve: {reason}"))),
        Err(NotReady::NotYet(reason)) => {
            let limit = human(limit);
            return Ok(refuse(format!(
                "{to} is not ready within {limit}: {reason}"
            )));
        }
        Err(NotReady::Cancelled(by)) => return Ok(refuse(format!("cancelled by {by}"))),
    }
    output.text(&format!("before  {}", found.now));
    output.text(&format!("after   {}", found.baseline));
    if args.yes {
        return Ok(None);
    }
    if !stdin().is_terminal() {
        let yes = target.app.lockgate(&format!("abort --to {to} --yes"));
        return Ok(refuse(format!(
            "there is no terminal to ask on: {yes} does it without asking"
        )));
    }
    output.text(&format!("type yes to give {to} all traffic"));
    let answer = tokio::select! {
        biased;
        Some(by) = cancel.receiver.recv() => return Ok(refuse(format!("cancelled by {by}"))),
        answer = tokio::task::spawn_blocking(read_line) => answer.context("reading the answer")?,
    };
    if answer.trim() == "yes" {
        return Ok(None);
    }
    Ok(refuse("the answer was not yes".to_owned()))
}

/// Returns an empty text where the terminal is gone.
fn read_line() -> String {
    let mut line = String::new();
    match stdin().read_line(&mut line) {
        Ok(_) => line,
        Err(_) => String::new(),
    }
}
