//! `lockgate plan`: what a rollout would do. Reads only. What it prints is in `planned`.

mod planned;

use super::configuration;
use super::new_revision::WantedRevision;
use crate::assemble::{self, RolloutParts};
use crate::cli::RolloutArgs;
use crate::config::RolloutConfig;
use crate::exit::Exit;
use crate::output::{Format, Output};
use crate::platform::{Administration as _, App, Deployment as _};

use planned::{Planned, PlannedDeployment, PlannedGate};

/// Prints what a rollout would do. Exits 0 when it could begin, 30 when it would be refused.
///
/// # Errors
/// Errors of usage and configuration, and gates that cannot be used.
pub(in crate::commands) async fn plan(args: &RolloutArgs, output: &Output) -> anyhow::Result<Exit> {
    let resolved = configuration::for_rollout(&args.run.target, args.as_file())?;
    let RolloutParts {
        app, ready, plan, ..
    } = assemble::rollout_parts(&resolved, output).await?;
    if let Some(deployment) = planned_deployment(args, &resolved, &app).await? {
        output.document(&match output.format() {
            Format::Text => deployment.as_text(),
            Format::Json => deployment.as_json().to_string(),
        });
        return Ok(deployment.exit_code());
    }
    let planned = Planned {
        plan,
        gates: ready.iter().map(PlannedGate::from).collect(),
        choice: app.choose().await,
    };
    match output.format() {
        Format::Json => output.json(&planned.as_json()),
        Format::Text => output.document(&planned.as_text()),
    }
    Ok(planned.exit_code())
}

/// Returns the deployment with which a rollout would begin: there is none when no image is named or an active revision
/// runs it. An app that cannot be read is reported by the choice of its revisions.
async fn planned_deployment(
    args: &RolloutArgs,
    resolved: &RolloutConfig,
    app: &App,
) -> anyhow::Result<Option<PlannedDeployment>> {
    let Some(image) = &resolved.target.revisions.image else {
        return Ok(None);
    };
    if app.is_deployed(image).await.unwrap_or(true) {
        return Ok(None);
    }
    let revision = WantedRevision::new(&args.new_revision, resolved)?;
    let refused = app.check_deployable(&revision.new).await.err();
    Ok(Some(PlannedDeployment {
        image: revision.new.image,
        name: revision.name,
        suffix: revision.new.suffix,
        refused: refused.map(|error| error.to_string()),
    }))
}

#[cfg(test)]
mod tests;
