//! `lockgate forget`: removes what lockgate keeps on an app without a run. One write of tags, read back; no traffic.

use serde_json::json;

use super::configuration;
use super::deploy_failure::{self, DeployFailure, Task};
use crate::cli::TargetArgs;
use crate::exit::Exit;
use crate::output::Output;
use crate::platform::{self, Administration as _};
use crate::report::Commands;
use crate::run::signals;

/// Lists what is kept, removes it, and says what production serves.
///
/// # Errors
/// Errors of the configuration and its credential, before the app is read.
pub(in crate::commands) async fn forget(
    args: &TargetArgs,
    output: &Output,
) -> anyhow::Result<Exit> {
    // A signal is caught and not obeyed: the one write is read back in any case.
    let _cancel = signals::install(output)?;
    let target = configuration::target(args)?;
    let app = platform::app(&target)?;
    let found = match app.describe().await {
        Ok(found) => found,
        Err(error) => {
            output.error(&error.context("the app could not be read, nothing was written"));
            return Ok(Exit::Refused);
        }
    };
    for (tag, value) in &found.kept {
        output.text(&format!("{tag} = {value}"));
    }
    if let Err(error) = app.forget().await {
        let commands = Commands::about(&target.app);
        let failure = DeployFailure::of(Task::Forget, &error);
        return Ok(deploy_failure::report(output, &failure, &commands));
    }
    let words = match found.kept.len() {
        0 => "lockgate keeps nothing on the app, and nothing was written".to_owned(),
        1 => "forgotten: this tag is removed".to_owned(),
        count => format!("forgotten: these {count} tags are removed"),
    };
    output.text(&words);
    output.text(&format!(
        "production serves {} (as last read back)",
        found.traffic
    ));
    let kept: serde_json::Map<_, _> = (found.kept.into_iter())
        .map(|(tag, value)| (tag, value.into()))
        .collect();
    output.command_event(json!({
        "event": "forgotten", "tags": kept, "traffic": found.traffic, "words": words,
    }));
    Ok(Exit::Success)
}
