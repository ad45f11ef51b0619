//! `lockgate deploy`, and the deployment with which `lockgate rollout --image` begins: a new revision that is ready and
//! has no traffic.

use std::time::Duration;

use ::rollout::ports::{Platform as _, Readiness};
use anyhow::{Context as _, bail};
use azure::{App, DeployError, Deployed, NewRevision};
use serde_json::json;
use tokio::sync::mpsc::Receiver;
use tokio::time::Instant;

use super::suffix;
use crate::cli::{DeployArgs, NewRevisionArgs};
use crate::config::Resolved;
use crate::output::Output;
use crate::platform;
use crate::report::Commands;
use crate::{exit, report::step_output, run::signals};

/// Between two looks at a revision that is not ready yet.
const LOOK: Duration = Duration::from_secs(1);

/// Why there is no ready revision: the exit code, what happened, and what to type.
#[derive(Debug)]
pub(super) struct Failure {
    code: u8,
    words: String,
    /// The revision that was made and stays, if one was.
    left: Option<String>,
}

impl From<DeployError> for Failure {
    fn from(error: DeployError) -> Failure {
        let (code, before) = match error {
            DeployError::Refused(_) => (exit::REFUSED, "refused"),
            DeployError::Failed(_) => (exit::FAILED, "not deployed"),
            DeployError::Unverified(_) => (exit::UNVERIFIED, "NOT verified"),
        };
        Failure {
            code,
            words: format!("{before}: {error}"),
            left: None,
        }
    }
}

/// Deploys, waits, and prints the revision's name for the next step.
///
/// # Errors
/// Usage and configuration errors, and a step output that cannot be written.
pub(in crate::commands) async fn deploy(args: &DeployArgs, output: &Output) -> anyhow::Result<u8> {
    let mut cancel = signals::install()?;
    output.cancel_when_broken(cancel.0.clone());
    let resolved = crate::commands::resolved(&args.target, args.overrides())?;
    let order = order(&args.new_revision, &resolved)?;
    let app = platform::app(&resolved)?;
    let within = within(&args.new_revision, &resolved);
    match bring(&app, &order, within, &mut cancel.1, output).await {
        Ok(deployed) => {
            let url = deployed.url.as_deref().unwrap_or_default();
            let stable = deployed.stable.as_deref().unwrap_or_default();
            output.text(&format!(
                "deployed: {} is ready at {url}, without traffic",
                deployed.revision
            ));
            output.json(&json!({
                "event": "deployed", "revision": deployed.revision, "url": deployed.url,
                "image": order.image, "stable": deployed.stable, "reused": deployed.is_reused,
            }));
            let values = [
                ("revision", deployed.revision.as_str()),
                ("url", url),
                ("stable", stable),
            ];
            step_output::append(&values).context("the revision is there and ready")?;
            Ok(0)
        }
        Err(failure) => Ok(failed(output, &failure, &Commands::about(&resolved.app))),
    }
}

/// Makes sure that a revision with this image is there and ready, for a rollout. Returns its name, or `None` when an
/// active revision runs the image already.
pub(super) async fn before_rollout(
    app: &App,
    args: &NewRevisionArgs,
    resolved: &Resolved,
    cancel: &mut Receiver<String>,
    output: &Output,
) -> anyhow::Result<Result<Option<String>, Failure>> {
    let Some(image) = &resolved.image else {
        return Ok(Ok(None));
    };
    match app.is_deployed(image).await {
        Ok(true) => return Ok(Ok(None)),
        Ok(false) => {}
        Err(error) => return Ok(Err(Failure::from(DeployError::Refused(error.to_string())))),
    }
    if !is_whole(image) {
        let why = format!(
            "no active revision runs {image}, and to deploy it the whole reference is needed, such as \
             registry.example/shop:2"
        );
        return Ok(Err(DeployError::Refused(why).into()));
    }
    let order = order(args, resolved)?;
    let within = within(args, resolved);
    let brought = bring(app, &order, within, cancel, output).await;
    Ok(brought.map(|deployed| Some(deployed.revision)))
}

/// Says what is wrong and what to type, and returns the exit code.
pub(super) fn failed(output: &Output, failure: &Failure, commands: &Commands) -> u8 {
    output.text(&failure.words);
    let next = failure.left.as_ref().map(|revision| {
        format!(
            "{revision} is left without traffic; see why with {}, and put it away with {}",
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
        "event": "not-deployed", "result": failure.words, "next": next, "exit-code": failure.code,
    }));
    failure.code
}

/// What shall be deployed, by flags and configuration.
pub(super) fn order(args: &NewRevisionArgs, resolved: &Resolved) -> anyhow::Result<NewRevision> {
    let Some(image) = resolved.image.clone() else {
        bail!(
            "no image is given: pass --image with the whole reference, such as registry.example/shop:2"
        );
    };
    if !is_whole(&image) {
        bail!("image {image:?} is not a whole reference; write it like registry.example/shop:2");
    }
    let deploy = &resolved.deploy;
    Ok(NewRevision {
        image,
        container: args.container.clone().or_else(|| deploy.container.clone()),
        suffix: args.suffix.clone().unwrap_or_else(suffix::of_this_run),
        ensure_multiple: args.ensure_multiple,
    })
}

/// A tag or a digest alone finds a revision, but names no image.
fn is_whole(image: &str) -> bool {
    let has_blank = image.chars().any(|c| c.is_whitespace() || c.is_control());
    image.contains('/') && !image.starts_with('/') && !has_blank
}

fn within(args: &NewRevisionArgs, resolved: &Resolved) -> Duration {
    let given = args.ready_within.or(resolved.deploy.ready_within);
    given.map_or(Duration::from_mins(10), |span| span.0)
}

async fn bring(
    app: &App,
    order: &NewRevision,
    within: Duration,
    cancel: &mut Receiver<String>,
    output: &Output,
) -> Result<Deployed, Failure> {
    let name = format!("{}--{}", app.id().name(), order.suffix);
    output.text(&format!("deploying {} as {name}", order.image));
    // Not cut short: what was begun is read back, and it gives the new revision no traffic.
    let deployed = app.deploy(order).await?;
    output.text(&match deployed.is_reused {
        true => format!("{name} is there already, runs this image and has no traffic"),
        false => format!("{name} is made and has no traffic; waiting until it is ready"),
    });
    let left = |code: u8, words: String| Failure {
        code,
        words,
        left: Some(name.clone()),
    };
    let end = Instant::now() + within;
    let mut said = String::new();
    loop {
        match app.readiness(&name).await {
            Readiness::Ready => return Ok(deployed),
            Readiness::Failed(reason) => {
                return Err(left(exit::FAILED, format!("not ready: {reason}")));
            }
            Readiness::NotYet(reason) => {
                if Instant::now() >= end {
                    let within = ::rollout::human(within);
                    let words = format!("not ready within {within}: {reason}");
                    return Err(left(exit::FAILED, words));
                }
                if reason != said {
                    output.text(&format!("not ready yet: {reason}"));
                    said = reason;
                }
            }
        }
        tokio::select! {
            biased;
            Some(by) = cancel.recv() => {
                return Err(left(exit::CANCELLED, format!("cancelled by {by} before {name} was ready")));
            }
            () = tokio::time::sleep(LOOK.min(end - Instant::now())) => {}
        }
    }
}
