//! Reads the configuration that a command about an app needs: no more than that, with its flags laid over the file.

use crate::cli::TargetArgs;
use crate::config::{self, File, RolloutConfig, Target};

/// Returns the app and how it is reached, for commands that ask no gate.
///
/// # Errors
/// When the file is malformed, or a part of the app's name is missing.
pub(super) fn target(args: &TargetArgs) -> anyhow::Result<Target> {
    let configuration = config::read(args.config.as_deref())?.with_flags(args.as_file());
    Ok(config::target(&configuration.file)?)
}

/// Returns the checked configuration of a rollout. `flags` are those of the command, the target's included.
///
/// # Errors
/// When the file is malformed, or a value is missing or impossible.
pub(super) fn for_rollout(args: &TargetArgs, flags: File) -> anyhow::Result<RolloutConfig> {
    let configuration = config::read(args.config.as_deref())?.with_flags(flags);
    Ok(config::for_rollout(configuration)?)
}
