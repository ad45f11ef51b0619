//! Whether a file holds native code that may be run: neither it nor any folder above it may be written by anybody but this
//! user and root, as sshd asks of its files.

use std::path::Path;

/// Checks one file or folder.
///
/// # Errors
/// When others may write to it, in words that name the path, whose it is, its mode and the next step.
#[cfg(unix)]
pub(super) fn check(path: &Path) -> Result<(), String> {
    check_as(path, Sticky::Refused)
}

/// Checks every folder above `path`, which is absolute and has no links. In a folder with the sticky bit, such as /tmp,
/// others may write beside our own files and not replace them.
///
/// # Errors
/// As for [`check`].
#[cfg(unix)]
pub(super) fn check_above(path: &Path) -> Result<(), String> {
    let mut above = path.ancestors().skip(1);
    above.try_for_each(|folder| check_as(folder, Sticky::Enough))
}

/// Whether the sticky bit is enough where others may write.
#[cfg(unix)]
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sticky {
    Enough,
    Refused,
}

#[cfg(unix)]
fn check_as(path: &Path, sticky: Sticky) -> Result<(), String> {
    use std::os::unix::fs::MetadataExt as _;
    const OTHERS_WRITE: u32 = 0o022;
    const STICKY: u32 = 0o1000;
    let shown = path.display();
    let found = std::fs::symlink_metadata(path).map_err(|error| format!("{shown}: {error}"))?;
    let (us, mode) = (nix::unistd::geteuid().as_raw(), found.mode() & 0o7777);
    if found.uid() != us && found.uid() != 0 {
        return Err(format!(
            "{shown} belongs to user {} (mode {mode:04o}), and code below it is run as user {us}; remove it, or use a folder \
             of your own",
            found.uid()
        ));
    }
    let is_sticky = sticky == Sticky::Enough && mode & STICKY != 0;
    if mode & OTHERS_WRITE != 0 && !is_sticky {
        return Err(format!(
            "others may write to {shown} (user {}, mode {mode:04o}), and code below it is run; remove it, or use a folder of \
             your own, with `chmod go-w` for every folder above it",
            found.uid()
        ));
    }
    Ok(())
}

/// Elsewhere the folder of the user's own cache is private by the system's convention.
#[cfg(not(unix))]
pub(super) fn check(_path: &Path) -> Result<(), String> {
    Ok(())
}

#[cfg(not(unix))]
pub(super) fn check_above(_path: &Path) -> Result<(), String> {
    Ok(())
}
