//! `lockgate pin`: gives the traffic that follows `latestRevision` to the revision that this means now, by its name.
//! At most one write, read back.

use serde_json::json;

use super::configuration;
use super::deploy_failure::{self, DeployFailure, Task};
use crate::cli::TargetArgs;
use crate::exit::Exit;
use crate::output::Output;
use crate::platform::{self, Administration as _};
use crate::report::Commands;
use crate::run::signals;

/// Pins the traffic and prints what production serves.
///
/// # Errors
/// Errors of the configuration and its credential, before the app is read.
pub(in crate::commands) async fn pin(args: &TargetArgs, output: &Output) -> anyhow::Result<Exit> {
    // A signal is caught and not obeyed: the one write is read back in any case.
    let _cancel = signals::install(output)?;
    let target = configuration::target(args)?;
    let app = platform::app(&target)?;
    let pinned = match app.pin().await {
        Ok(pinned) => pinned,
        Err(error) => {
            let commands = Commands::about(&target.app);
            let failure = DeployFailure::of(Task::Pin, &error);
            return Ok(deploy_failure::report(output, &failure, &commands));
        }
    };
    let words = match &pinned.revision {
        Some(revision) => format!(
            "pinned: {revision} has its traffic by name now, and a new revision gets none by itself"
        ),
        None => "no traffic follows latestRevision, and nothing was written".to_owned(),
    };
    output.text(&words);
    output.text(&format!(
        "production serves {} (as last read back)",
        pinned.traffic
    ));
    output.command_event(json!({
        "event": "pinned", "revision": pinned.revision, "traffic": pinned.traffic, "words": words,
    }));
    Ok(Exit::Success)
}
