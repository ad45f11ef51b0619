//! Reads the configuration that a command about an app needs: no more than that, with its flags laid over the file.

use crate::cli::TargetArgs;
use crate::config::{self, File, ResourceGroup, RolloutConfig, Target, UncheckedConfig};
use crate::output::Output;

/// Returns the app and how it is reached, for commands that ask no gate. A mistake of the file that is
/// about something else is no error: none may keep the baseline from being restored.
///
/// # Errors
/// When a part of the app's name is missing, or the file has a mistake in how the app is reached.
pub(super) fn target(args: &TargetArgs) -> anyhow::Result<Target> {
    Ok(config::target(&read(args))?)
}

/// Returns the resource group and how it is reached, for commands about all of its apps. Does without what
/// [`target`] does without.
///
/// # Errors
/// As [`target`], but no app need be named.
pub(super) fn group(args: &TargetArgs) -> anyhow::Result<ResourceGroup> {
    Ok(config::resource_group(&read(args))?)
}

/// Notes every mistake of the file that [`target`] does without. Says nothing where the file is in order, nor where [`target`]
/// fails: its error shows all.
pub(in crate::commands) fn note_mistakes(args: &TargetArgs, output: &Output) {
    let configuration = read(args);
    let bearable = config::bearable(&configuration);
    if !bearable.0.is_empty() && config::target(&configuration).is_ok() {
        output.note(&format!(
            "note: this command goes on without what is wrong here: {bearable}"
        ));
    }
}

/// Returns the checked configuration of a rollout. `flags` are those of the command, the target's included.
///
/// # Errors
/// Every mistake of the file and of the flags, together.
pub(super) fn for_rollout(args: &TargetArgs, flags: File) -> anyhow::Result<RolloutConfig> {
    let configuration = config::read(args.config.as_deref()).with_flags(flags);
    Ok(config::for_rollout(configuration)?)
}

fn read(args: &TargetArgs) -> UncheckedConfig {
    config::read(args.config.as_deref()).with_flags(args.as_file())
}
