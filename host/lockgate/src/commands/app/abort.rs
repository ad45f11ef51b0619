//! `lockgate abort`: restores the baseline of the run that holds the lease, whatever its state.

use ::rollout::Intent;

use super::restore::restore;
use crate::cli::TargetArgs;
use crate::output::Output;
use crate::run::signals;

/// Gives the traffic back, whatever the state of the run that holds the lease.
///
/// # Errors
/// Before anything is touched: configuration, credentials.
pub(in crate::commands) async fn abort(args: &TargetArgs, output: &Output) -> anyhow::Result<u8> {
    let mut cancel = signals::install()?;
    let by = "`lockgate abort`".to_owned();
    let (code, _) = restore(args, output, Intent::Abort { by }, &mut cancel).await?;
    Ok(code)
}
