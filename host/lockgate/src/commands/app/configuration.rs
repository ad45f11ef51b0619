//! The configuration of a command about an app: the file, completed by flags and environment variables. Reads the file
//! and nothing else. What the values mean is in `config`.

use crate::cli::TargetArgs;
use crate::config::{self, Overrides, Resolved};

/// Reads the configuration file and completes it with what flags and environment variables override.
///
/// # Errors
/// When the file cannot be read, or a value is missing or impossible.
pub(super) fn resolved(target: &TargetArgs, overrides: Overrides) -> anyhow::Result<Resolved> {
    let (file, folder) = config::load(target.config.as_deref())?;
    Ok(config::resolve(file, &folder, overrides)?)
}
