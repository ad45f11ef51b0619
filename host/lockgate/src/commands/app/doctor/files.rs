//! What is on this machine: the configuration, and the folders that a run writes to.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::Path;

use crate::assemble;
use crate::cli::RunArgs;
use crate::config::{DEFAULT_NAME, Resolved};

use super::finding::Finding;

/// Where the configuration came from, and which app it is about.
pub(super) fn configuration(args: &RunArgs, resolved: &Resolved) -> Finding {
    let from = match &args.target.config {
        Some(path) => path.display().to_string(),
        None if Path::new(DEFAULT_NAME).exists() => DEFAULT_NAME.to_owned(),
        None => format!("no {DEFAULT_NAME} here, flags and environment alone"),
    };
    Finding::ok("configuration", format!("{from}: {}", resolved.app))
}

/// A run that goes forward needs its journal.
pub(super) fn state_folder(path: &Path) -> Finding {
    let check = "state-dir";
    match writable(path) {
        Ok(()) => Finding::ok(check, format!("{} can be written", path.display())),
        Err(error) => Finding::fail(
            check,
            format!("{} cannot be written: {error}", path.display()),
            Some("name another folder with --state-dir".to_owned()),
        ),
    }
}

/// Without a cache gates are compiled anew each time, which is slow and no more.
pub(super) fn cache_folder(given: Option<&Path>) -> Finding {
    let check = "cache-dir";
    let next = || Some("name another folder with --cache-dir".to_owned());
    let Some(path) = given
        .map(Path::to_path_buf)
        .or_else(assemble::default_cache)
    else {
        let detail = "there is no home folder, so gates are compiled anew each time".to_owned();
        return Finding::warn(check, detail, next());
    };
    let shown = path.display();
    match writable(&path) {
        Ok(()) => Finding::ok(check, format!("{shown} can be written")),
        // A run refuses a folder that it was told to use, and does without its own.
        Err(error) if given.is_some() => {
            Finding::fail(check, format!("{shown} cannot be written: {error}"), next())
        }
        Err(error) => {
            let detail = format!(
                "{shown} cannot be written ({error}), so gates are compiled anew each time"
            );
            Finding::warn(check, detail, next())
        }
    }
}

/// Writes an empty file and takes it away again: permissions alone do not tell whether a disk is full or read-only. A
/// folder that is not there is not made; the nearest one above it stands for it.
fn writable(folder: &Path) -> io::Result<()> {
    let folder = std::path::absolute(folder)?;
    let there = folder.ancestors().find(|folder| folder.exists());
    let there = there.unwrap_or(&folder);
    if !there.is_dir() {
        return Err(io::Error::new(
            io::ErrorKind::NotADirectory,
            format!("{} is not a folder", there.display()),
        ));
    }
    let probe = there.join(format!(".lockgate-doctor-{}", std::process::id()));
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&probe)?;
    fs::remove_file(&probe)
}
