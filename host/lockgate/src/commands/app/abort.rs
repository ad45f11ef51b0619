//! `lockgate abort`: ends the run that holds the lease, alive or dead, and restores its baseline.

use ::rollout::Intent;

use super::abort_to;
use super::restore::restore;
use crate::cli::AbortArgs;
use crate::exit::Exit;
use crate::output::Output;
use crate::run::signals;

/// Restores the baseline of the run that holds the lease, whatever its state. Without a lease it writes nothing, unless the
/// person names the revision that gets all traffic.
///
/// # Errors
/// Errors of the configuration and its credential, before the app is read.
pub(in crate::commands) async fn abort(args: &AbortArgs, output: &Output) -> anyhow::Result<Exit> {
    let mut cancel = signals::install(output)?;
    if let Some(to) = &args.to
        && let Some(refused) = abort_to::refusal(args, to, &mut cancel, output).await?
    {
        return Ok(refused);
    }
    let by = "lockgate abort".to_owned();
    let to = args.to.clone();
    let restored = restore(
        &args.target,
        &args.reports,
        output,
        Intent::Abort { by, to },
        &mut cancel,
    )
    .await?;
    Ok(restored.code)
}
