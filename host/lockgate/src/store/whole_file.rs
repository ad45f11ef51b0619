//! Files that a command writes at its end, opened before its work: what cannot be written is said at once. A file that is
//! replaced stays as it is until the new one is complete.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail, ensure};
use tempfile::{Builder, NamedTempFile};

/// Who may read a new file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Readers {
    /// This user alone.
    Owner,
    /// Whoever the user's mask allows.
    Anyone,
}

/// A file that is going to be written whole, or not at all. Where it is dropped unwritten, nothing has changed.
#[derive(Debug)]
pub(crate) struct WholeFile {
    path: PathBuf,
    target: Target,
}

#[derive(Debug)]
enum Target {
    /// Renamed to the path once it is complete.
    Replaced(NamedTempFile, PathBuf),
    /// What is at the path is no file that could be replaced, such as a pipe or a terminal.
    Stream(File),
}

impl WholeFile {
    /// Makes sure that the file can be written, and changes nothing at its path.
    ///
    /// # Errors
    /// When its folder does not exist or cannot be written, or there is a folder or a file that cannot be written at its
    /// path.
    pub(crate) fn open(path: &Path, readers: Readers) -> anyhow::Result<WholeFile> {
        let what = || format!("cannot write {}", path.display());
        // A link is followed: the file that it names is replaced, not the link.
        let real = match std::fs::canonicalize(path) {
            Ok(real) => real,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => path.to_owned(),
            Err(error) => return Err(error).with_context(what),
        };
        let there = std::fs::metadata(&real).ok();
        if there.as_ref().is_some_and(std::fs::Metadata::is_dir) {
            bail!("cannot write {}: it is a folder", path.display());
        }
        let target = if let Some(there) = there {
            let open = OpenOptions::new()
                .write(true)
                .open(&real)
                .with_context(what)?;
            if there.is_file() {
                Target::Replaced(beside(&real, readers).with_context(what)?, real)
            } else {
                Target::Stream(open)
            }
        } else {
            Target::Replaced(beside(&real, readers).with_context(what)?, real)
        };
        Ok(WholeFile {
            path: path.to_owned(),
            target,
        })
    }

    /// Writes the file.
    ///
    /// # Errors
    /// When it cannot be written; an older file at the path is unchanged.
    pub(crate) fn write(self, bytes: &[u8]) -> anyhow::Result<()> {
        let what = || format!("cannot write {}", self.path.display());
        match self.target {
            Target::Replaced(mut file, path) => {
                file.write_all(bytes).with_context(what)?;
                file.persist(path)
                    .map_err(|error| error.error)
                    .with_context(what)?;
            }
            Target::Stream(mut stream) => stream.write_all(bytes).with_context(what)?,
        }
        Ok(())
    }
}

/// Opens a new file in the folder of `path`.
fn beside(path: &Path, readers: Readers) -> anyhow::Result<NamedTempFile> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    ensure!(
        folder.is_dir(),
        "there is no folder {}; make it first",
        folder.display()
    );
    let mut builder = Builder::new();
    builder.prefix(".lockgate-");
    #[cfg(unix)]
    if readers == Readers::Anyone {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    #[cfg(not(unix))]
    let _ = readers;
    // The error names a file that nobody has asked for.
    let no_file = |error: std::io::Error| {
        anyhow!(
            "no file can be made in {}: {}",
            folder.display(),
            error.kind()
        )
    };
    builder.tempfile_in(folder).map_err(no_file)
}

/// Makes sure that a file exists and can be appended to; an empty one is created.
///
/// # Errors
/// When it cannot be opened so.
pub(crate) fn check_appendable(path: &Path) -> anyhow::Result<()> {
    let opened = OpenOptions::new().append(true).create(true).open(path);
    opened
        .map(drop)
        .with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn older_file_stays_until_the_new_one_is_complete() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        std::fs::write(&path, "old").unwrap();
        drop(WholeFile::open(&path, Readers::Owner).unwrap());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "old");
        let file = WholeFile::open(&path, Readers::Anyone).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "old");
        file.write(b"new").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "new");
        let left = std::fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(left, 1, "no temporary file is left");
    }

    #[test]
    fn what_cannot_be_written_is_said_when_it_is_opened() {
        let folder = tempfile::tempdir().unwrap();
        for path in [folder.path().join("none/x"), folder.path().to_owned()] {
            let error = WholeFile::open(&path, Readers::Owner).unwrap_err();
            assert!(error.to_string().contains(&path.display().to_string()));
        }
    }

    #[cfg(unix)]
    #[test]
    fn link_stays_a_link_and_a_device_is_written_to() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        std::fs::write(&file, "old").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        let opened = WholeFile::open(&link, Readers::Owner).unwrap();
        opened.write(b"new").unwrap();
        assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "new");
        let device = WholeFile::open(Path::new("/dev/null"), Readers::Owner).unwrap();
        device.write(b"gone").unwrap();
        assert!(!std::fs::metadata("/dev/null").unwrap().is_file());
    }
}
