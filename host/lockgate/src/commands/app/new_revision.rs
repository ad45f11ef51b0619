//! The revision that a command is to deploy: what flags and configuration say of it, and the deployment with the wait
//! until it is ready. Gives the new revision no traffic.

use std::time::Duration;

use ::rollout::human;
use ::rollout::ports::Platform;
use anyhow::bail;
use rollout::CancelRequest;
use tokio::sync::mpsc::Receiver;

use super::deploy_failure::{DeployFailure, Task};
use super::readiness::{NotReady, until_ready};
use super::{suffix, with};
use crate::cli::NewRevisionArgs;
use crate::config::RolloutConfig;
use crate::exit::Exit;
use crate::output::Output;
use crate::platform::{AppId, Deployed, Deployment, Existing, ImageChoice, NewRevision};

/// A revision that may have to be deployed.
#[derive(Debug, Clone)]
pub(super) struct WantedRevision {
    pub(super) new: NewRevision,
    /// The full name that the platform makes of the app's name and the suffix.
    pub(super) name: String,
    /// How long it may take to become ready.
    ready_within: Duration,
}

impl WantedRevision {
    /// Returns the revision that flags and configuration describe.
    ///
    /// # Errors
    /// When no image is given, or the image is not a whole reference.
    pub(super) fn new(
        args: &NewRevisionArgs,
        resolved: &RolloutConfig,
        existing: Existing,
    ) -> anyhow::Result<WantedRevision> {
        let Some(ImageChoice {
            image,
            container,
            changes,
        }) = resolved.target.revisions.image.clone()
        else {
            bail!(
                "no image is given: pass --image with the whole reference, such as registry.example/shop:2"
            );
        };
        if !is_whole_reference(&image) {
            bail!(
                "image {image:?} is not a whole reference; write it like registry.example/shop:2"
            );
        }
        let new = NewRevision {
            image,
            container,
            suffix: args.suffix.clone().unwrap_or_else(suffix::of_this_run),
            ensure_multiple: args.ensure_multiple,
            existing,
            changes,
        };
        Ok(WantedRevision {
            name: resolved.target.app.revision_name(&new.suffix),
            new,
            ready_within: resolved.deploy.ready_within,
        })
    }

    /// Returns what comes with the image in one line; `None` where nothing does.
    pub(super) fn with(&self) -> Option<String> {
        with::as_text(&self.new.changes)
    }

    /// Returns a sentence of the platform without the values that are shown nowhere.
    pub(super) fn without_hidden(&self, sentence: &str) -> String {
        with::without_hidden(&self.new.changes, sentence)
    }

    /// Returns the same revision under another name.
    pub(super) fn renamed(self, app: &AppId, suffix: String) -> WantedRevision {
        WantedRevision {
            name: app.revision_name(&suffix),
            new: NewRevision { suffix, ..self.new },
            ..self
        }
    }
}

/// Returns whether the text names an image. A tag or a digest alone finds a revision, but cannot be deployed.
pub(super) fn is_whole_reference(image: &str) -> bool {
    let has_blank = image.chars().any(|c| c.is_whitespace() || c.is_control());
    image.contains('/') && !image.starts_with('/') && !has_blank
}

/// Returns the refusal of an image that is no whole reference, where no active revision is proven to run it.
pub(super) fn not_whole_reference(image: &ImageChoice) -> String {
    format!(
        "no active revision is proven to run {image} (a digest proves it, a tag does not), and deploying it needs the whole \
         reference, such as registry.example/shop:2; a revision that is there already is rolled out with --canary"
    )
}

/// Deploys the revision and waits until it is ready. A request to end stops the wait, not the deployment.
pub(super) async fn deploy_and_wait<P: Platform + Deployment>(
    platform: &P,
    revision: &WantedRevision,
    cancel: &mut Receiver<CancelRequest>,
    output: &Output,
) -> Result<Deployed, DeployFailure> {
    let name = &revision.name;
    output.text(&format!("deploying {} as {name}", revision.new.image));
    if let Some(with) = revision.with() {
        output.text(&format!("with: {with}"));
    }
    let hide = |failure: DeployFailure| DeployFailure {
        result: revision.without_hidden(&failure.result),
        ..failure
    };
    let deployed = platform.deploy(&revision.new).await;
    let deployed = deployed.map_err(|error| hide(error.into()))?;
    if let Some(note) = &deployed.note {
        output.note(&format!("note: {note}"));
    }
    output.text(&if deployed.is_reused {
        format!("{name} already exists, runs this image and has no traffic")
    } else {
        format!("{name} is created without traffic; waiting until it is ready")
    });
    let ready = wait_until_ready(platform, revision, cancel, output).await;
    ready.map_err(hide)?;
    Ok(deployed)
}

async fn wait_until_ready<P: Platform>(
    platform: &P,
    revision: &WantedRevision,
    cancel: &mut Receiver<CancelRequest>,
    output: &Output,
) -> Result<(), DeployFailure> {
    let name = &revision.name;
    let not_ready = |code: Exit, result: String| DeployFailure {
        task: Task::Deploy,
        code,
        result,
        left_behind: Some(name.clone()),
    };
    let show = |reason: &str| {
        let shown = revision.without_hidden(reason);
        output.text(&format!("not ready yet: {shown}"));
    };
    let within = revision.ready_within;
    let ready = until_ready(platform, name, within, cancel, show).await;
    ready.map_err(|problem| match problem {
        NotReady::Never(reason) => not_ready(Exit::Failed, format!("not ready: {reason}")),
        NotReady::NotYet(reason) => {
            let within = human(within);
            not_ready(Exit::Failed, format!("not ready within {within}: {reason}"))
        }
        NotReady::Cancelled(by) => not_ready(
            Exit::Cancelled,
            format!("cancelled by {by} before {name} was ready"),
        ),
    })
}
