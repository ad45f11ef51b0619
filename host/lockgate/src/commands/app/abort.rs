//! `lockgate abort`: ends the run that holds the lease, alive or dead, and restores its baseline.

use ::rollout::Intent;

use super::restore::restore;
use crate::cli::TargetArgs;
use crate::exit::Exit;
use crate::output::Output;
use crate::run::signals;

/// Restores the baseline of the run that holds the lease, whatever its state. Writes nothing without a lease.
///
/// # Errors
/// Errors of the configuration and its credential, before the app is read.
pub(in crate::commands) async fn abort(args: &TargetArgs, output: &Output) -> anyhow::Result<Exit> {
    let mut cancel = signals::install()?;
    let by = "`lockgate abort`".to_owned();
    let restored = restore(args, output, Intent::Abort { by }, &mut cancel).await?;
    Ok(restored.code)
}
