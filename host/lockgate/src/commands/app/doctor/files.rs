//! What is on this machine: the configuration, and the folders that a run writes to.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::Path;

use super::diagnosis::Diagnosis;
use crate::assemble;
use crate::cli::RunArgs;
use crate::config::{DEFAULT_NAME, Resolved};

/// Returns where the configuration came from, and which app it is about.
pub(super) fn configuration(args: &RunArgs, resolved: &Resolved) -> Diagnosis {
    let from = match &args.target.config {
        Some(path) => path.display().to_string(),
        None if Path::new(DEFAULT_NAME).exists() => DEFAULT_NAME.to_owned(),
        None => format!("no {DEFAULT_NAME} here, flags and environment alone"),
    };
    Diagnosis::ok("configuration", format!("{from}: {}", resolved.app))
}

/// Checks the folder of the journals: a run that moves traffic to the canary must be able to write one.
pub(super) fn state_folder(path: &Path) -> Diagnosis {
    let shown = path.display();
    match check_writable(path) {
        Ok(()) => Diagnosis::ok("state-dir", format!("{shown} can be written")),
        Err(error) => Diagnosis::fail("state-dir", format!("{shown} cannot be written: {error}"))
            .advise("name another folder with --state-dir"),
    }
}

/// Checks the folder of the compiled gates, `None` for lockgate's own. Without one a run only begins later.
pub(super) fn cache_folder(configured: Option<&Path>) -> Diagnosis {
    let check = "cache-dir";
    let advice = "name another folder with --cache-dir";
    let Some(path) = configured
        .map(Path::to_path_buf)
        .or_else(assemble::default_cache)
    else {
        let detail = "there is no home folder, so gates are compiled anew each time";
        return Diagnosis::warn(check, detail).advise(advice);
    };
    let shown = path.display();
    match check_writable(&path) {
        Ok(()) => Diagnosis::ok(check, format!("{shown} can be written")),
        // A run refuses to begin without the folder that is configured, and can do without its own.
        Err(error) if configured.is_some() => {
            let detail = format!("{shown} cannot be written: {error}");
            Diagnosis::fail(check, detail).advise(advice)
        }
        Err(error) => {
            let detail = format!(
                "{shown} cannot be written ({error}), so gates are compiled anew each time"
            );
            Diagnosis::warn(check, detail).advise(advice)
        }
    }
}

/// Writes an empty file and removes it again: permissions alone do not show a full or read-only disk. A folder that
/// does not exist is not created; its nearest existing parent is checked instead.
fn check_writable(folder: &Path) -> io::Result<()> {
    let folder = std::path::absolute(folder)?;
    let existing = folder.ancestors().find(|folder| folder.exists());
    let existing = existing.unwrap_or(&folder);
    if !existing.is_dir() {
        return Err(io::Error::new(
            io::ErrorKind::NotADirectory,
            format!("{} is not a folder", existing.display()),
        ));
    }
    let probe = existing.join(format!(".lockgate-doctor-{}", std::process::id()));
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&probe)?;
    fs::remove_file(&probe)
}
