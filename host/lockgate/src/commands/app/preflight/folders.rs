//! What is on this machine: the configuration, and the folders that a run writes to.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::check::Check;
use super::finding::Finding;
use crate::assemble;
use crate::cli::TargetArgs;
use crate::config::{DEFAULT_NAME, RolloutConfig};
use crate::run::keeper::is_writable;

/// How long a disk may take to answer.
const ANSWER_MAX: Duration = Duration::from_secs(5);

/// Returns where the configuration came from, and which app it is about.
pub(crate) fn configuration(args: &TargetArgs, resolved: &RolloutConfig) -> Finding {
    let from = match &args.config {
        Some(path) => path.display().to_string(),
        None if Path::new(DEFAULT_NAME).exists() => DEFAULT_NAME.to_owned(),
        None => format!("no {DEFAULT_NAME} here, flags and environment alone"),
    };
    Finding::ok(
        Check::Configuration,
        format!("{from}: {}", resolved.target.app),
    )
}

/// Checks the folder of the journals: a run that moves traffic to the canary must be able to write one.
pub(crate) async fn state_folder(path: &Path) -> Finding {
    state(path, is_writable(path, ANSWER_MAX).await)
}

/// Checks the folder of the compiled gates. Without one, gates are compiled anew each time.
pub(crate) async fn cache_folder(configured: Option<&Path>) -> Finding {
    let folder = match configured {
        Some(path) => CacheFolder::Configured(path.to_owned()),
        None => assemble::default_cache().map_or(CacheFolder::NoHome, CacheFolder::Default),
    };
    let writable = match &folder {
        CacheFolder::Configured(path) | CacheFolder::Default(path) => {
            is_writable(path, ANSWER_MAX).await
        }
        CacheFolder::NoHome => Ok(()),
    };
    cache(&folder, writable)
}

/// Which folder compiled gates are kept in.
#[derive(Debug)]
pub(crate) enum CacheFolder {
    /// A run refuses to begin when this one cannot be written.
    Configured(PathBuf),
    /// lockgate's own in the user's cache directory. A run can do without it.
    Default(PathBuf),
    /// None: the user has no home folder.
    NoHome,
}

/// Judges the folder of the journals by whether it can be written.
pub(crate) fn state(path: &Path, writable: io::Result<()>) -> Finding {
    let shown = path.display();
    match writable {
        Ok(()) => Finding::ok(Check::StateFolder, format!("{shown} can be written")),
        Err(error) => Finding::unusable(
            Check::StateFolder,
            format!("{shown} cannot be written: {error}"),
        )
        .advise("name another folder with --state-dir"),
    }
}

/// Judges the folder of the compiled gates by whether it can be written.
pub(crate) fn cache(folder: &CacheFolder, writable: io::Result<()>) -> Finding {
    let check = Check::CacheFolder;
    let bad = match (folder, writable) {
        (CacheFolder::Configured(path) | CacheFolder::Default(path), Ok(())) => {
            return Finding::ok(check, format!("{} can be written", path.display()));
        }
        (CacheFolder::Configured(path), Err(error)) => {
            let detail = format!("{} cannot be written: {error}", path.display());
            Finding::unusable(check, detail)
        }
        (CacheFolder::Default(path), Err(error)) => {
            let detail = format!(
                "{} cannot be written ({error}), so gates are compiled anew each time",
                path.display()
            );
            Finding::warn(check, detail)
        }
        (CacheFolder::NoHome, _) => {
            let detail = "there is no home folder, so gates are compiled anew each time";
            Finding::warn(check, detail)
        }
    };
    bad.advise("name another folder with --cache-dir")
}
