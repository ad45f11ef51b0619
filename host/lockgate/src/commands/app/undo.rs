//! `lockgate undo`: returns all traffic to the revision that the last promotion has replaced. Works on an empty machine,
//! from the app's tags.

use ::rollout::Intent;

use super::configuration;
use super::forward::{Files, cancelled, run_forward};
use super::restore::restore;
use crate::assemble;
use crate::cli::UndoArgs;
use crate::exit::Exit;
use crate::output::Output;
use crate::run::{self, signals};

/// Takes the last promotion back. Its health checks are asked first unless that is forced; then no gate is loaded, and no
/// mistake of the configuration about something else than the app stands in the way.
///
/// # Errors
/// Errors of the configuration, its credential and its gates, before the app is read.
pub(in crate::commands) async fn undo(args: &UndoArgs, output: &Output) -> anyhow::Result<Exit> {
    let mut cancel = signals::install(output)?;
    let by = "lockgate undo".to_owned();
    if args.force {
        let intent = Intent::Undo { by, force: true };
        return Ok(
            restore(&args.target, &args.reports, output, intent, &mut cancel)
                .await?
                .code,
        );
    }
    let resolved = configuration::for_rollout(&args.target, args.target.as_file())?;
    let parts = tokio::select! {
        biased;
        Some(by) = cancel.receiver.recv() => return Ok(cancelled(&by, output)),
        parts = assemble::rollout_parts(&resolved, output) => parts?,
    };
    let id = run::new_id();
    let files = Files::begin(&resolved, &parts, &id, &args.reports).await?;
    let intent = Intent::Undo { by, force: false };
    let rollout = run::new_rollout(id, parts.plan.clone(), intent);
    Ok(run_forward(rollout, parts, files, None, &resolved, &mut cancel, output).await)
}
