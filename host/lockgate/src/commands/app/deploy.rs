//! `lockgate deploy`, and the deployment with which `lockgate rollout --image` begins: a new revision that is ready and
//! has no traffic. How it is made is in `new_revision`.

use std::path::Path;

use anyhow::Context as _;
use rollout::CancelRequest;
use serde_json::json;
use tokio::sync::mpsc::Receiver;

use super::configuration;
use super::deploy_failure::{self, DeployFailure};
use super::new_revision::{
    WantedRevision, deploy_and_wait, is_whole_reference, not_whole_reference,
};
use crate::cli::{DeployArgs, NewRevisionArgs};
use crate::config::RolloutConfig;
use crate::exit::Exit;
use crate::output::Output;
use crate::platform::{self, App, DeployError, Deployment as _};
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
    let revision = WantedRevision::new(&args.new_revision, &resolved)?;
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
    output.json(&json!({
        "event": "deployed", "revision": deployed.revision, "url": deployed.url,
        "image": revision.new.image, "stable": deployed.stable, "reused": deployed.is_reused,
    }));
    let values = [
        ("revision", deployed.revision.as_str()),
        ("url", url),
        ("stable", stable),
    ];
    step_output::append(&values).context("the revision is deployed and ready")?;
    Ok(Exit::Success)
}

/// What became of the canary of a rollout that names an image.
pub(super) enum Canary {
    /// The rollout finds it by itself: no image is named, or an active revision runs it.
    IsThere,
    /// It was deployed now; with its full name.
    Deployed(String),
    /// It is not ready.
    Failed(DeployFailure),
}

/// Makes sure that a revision with the rollout's image is deployed and ready.
///
/// # Errors
/// When flags and configuration describe no revision.
pub(super) async fn ensure_canary(
    app: &App,
    args: &NewRevisionArgs,
    resolved: &RolloutConfig,
    cancel: &mut Receiver<CancelRequest>,
    output: &Output,
) -> anyhow::Result<Canary> {
    let refused = |why: String| Ok(Canary::Failed(DeployError::Refused(why).into()));
    let Some(image) = &resolved.target.revisions.image else {
        return Ok(Canary::IsThere);
    };
    match app.is_deployed(image).await {
        Ok(true) => return Ok(Canary::IsThere),
        Ok(false) => {}
        Err(error) => return refused(error.to_string()),
    }
    if !is_whole_reference(image) {
        return refused(not_whole_reference(image));
    }
    let revision = WantedRevision::new(args, resolved)?;
    Ok(
        match deploy_and_wait(app, &revision, cancel, output).await {
            Ok(deployed) => Canary::Deployed(deployed.revision),
            Err(failure) => Canary::Failed(failure),
        },
    )
}
