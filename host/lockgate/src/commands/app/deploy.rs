//! `lockgate deploy`: a new revision that is ready and has no traffic. How it is made is in `new_revision`.

use std::path::Path;

use anyhow::Context as _;
use serde_json::json;

use super::configuration;
use super::deploy_failure;
use super::new_revision::{WantedRevision, deploy_and_wait};
use super::with;
use crate::cli::DeployArgs;
use crate::exit::Exit;
use crate::output::Output;
use crate::platform::{self, Existing};
use crate::report::Commands;
use crate::store::whole_file;
use crate::{environment, report::step_output, run::signals};

/// Deploys, waits, and prints the revision's name for the next step of a pipeline.
///
/// # Errors
/// Errors of usage and configuration before the app is read; afterwards a step output that cannot be written.
pub(in crate::commands) async fn deploy(
    args: &DeployArgs,
    output: &Output,
) -> anyhow::Result<Exit> {
    let mut cancel = signals::install(output)?;
    output.cancel_when_broken(cancel.sender.clone());
    // Stdout is for the name alone, so that `revision=$(lockgate deploy …)` holds it.
    let result = output;
    let output = &output.with_prose_on_stderr();
    let resolved = configuration::for_rollout(&args.target, args.as_file())?;
    let revision = WantedRevision::new(&args.new_revision, &resolved, Existing::SameReference)?;
    let app = platform::app(&resolved.target)?;
    if let Some(path) = environment::variable("GITHUB_OUTPUT") {
        // What cannot be handed on must not be found out after the deployment.
        whole_file::check_appendable(Path::new(&path)).context("GITHUB_OUTPUT")?;
    }
    let deployed = match deploy_and_wait(&app, &revision, &mut cancel.receiver, output).await {
        Ok(deployed) => deployed,
        Err(failure) => {
            let commands = Commands::about(&resolved.target.app);
            return Ok(deploy_failure::report(output, &failure, &commands));
        }
    };
    let url = deployed.url.as_deref().unwrap_or_default();
    let stable = deployed.stable.as_deref().unwrap_or_default();
    output.text(&format!(
        "deployed: {} is ready at {url}, without traffic",
        deployed.revision
    ));
    result.result(&deployed.revision);
    output.command_event(json!({
        "event": "deployed", "revision": deployed.revision, "url": deployed.url,
        "image": revision.new.image, "with": with::as_json(&revision.new.changes), "stable": deployed.stable,
        "reused": deployed.is_reused,
    }));
    let values = [
        ("revision", deployed.revision.as_str()),
        ("url", url),
        ("stable", stable),
    ];
    step_output::append(&values).context("the revision is deployed and ready")?;
    Ok(Exit::Success)
}
