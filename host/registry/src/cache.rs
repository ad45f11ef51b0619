//! Manifests and components by their digests, in a folder that only this user reads. What is read is verified again each
//! time, so that nothing else need be trusted.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::digest::Digest;

/// The folder below the cache folder.
const FOLDER: &str = "registry";

/// A folder of files that are named by their digests.
#[derive(Debug, Clone)]
pub(crate) struct Cache {
    folder: PathBuf,
}

impl Cache {
    /// Uses a folder below this one. Makes nothing.
    pub(crate) fn below(folder: &Path) -> Cache {
        Cache {
            folder: folder.join(FOLDER),
        }
    }

    /// Returns the bytes of a digest; `None` where they are not there, have changed, or are more than `max`.
    pub(crate) fn read(&self, digest: &Digest, max: usize) -> Option<Vec<u8>> {
        let path = self.path(digest);
        let file = std::fs::symlink_metadata(&path).ok()?;
        // A pipe would never end.
        if !file.is_file() || file.len() > max as u64 {
            return None;
        }
        let bytes = std::fs::read(path).ok()?;
        (Digest::of(&bytes) == *digest).then_some(bytes)
    }

    /// Keeps the bytes of a digest, whole or not at all.
    ///
    /// # Errors
    /// When the folder cannot be made or written.
    pub(crate) fn keep(&self, digest: &Digest, bytes: &[u8]) -> std::io::Result<()> {
        make_private(&self.folder)?;
        let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
        file.write_all(bytes)?;
        file.persist(self.path(digest))
            .map_err(|error| error.error)?;
        Ok(())
    }

    /// Returns the folder, for people.
    pub(crate) fn shown(&self) -> String {
        self.folder.display().to_string()
    }

    /// Returns the file for the bytes of a digest.
    pub(crate) fn path(&self, digest: &Digest) -> PathBuf {
        self.folder.join(format!("sha256-{}", digest.hex()))
    }
}

/// Makes a folder that only this user can read and write. Files in it are made so by `tempfile`.
#[cfg(unix)]
fn make_private(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
}

#[cfg(not(unix))]
fn make_private(path: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_changed_is_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::below(folder.path());
        let digest = Digest::of(b"component");
        assert_eq!(cache.read(&digest, 100), None);
        cache.keep(&digest, b"component").unwrap();
        assert_eq!(cache.read(&digest, 100), Some(b"component".to_vec()));
        assert_eq!(cache.read(&digest, 8), None, "more than is taken");
        std::fs::write(cache.path(&digest), b"changed").unwrap();
        assert_eq!(cache.read(&digest, 100), None);
        cache.keep(&digest, b"component").unwrap();
        assert_eq!(cache.read(&digest, 100), Some(b"component".to_vec()));
        let files = std::fs::read_dir(cache.folder).unwrap().count();
        assert_eq!(files, 1, "no temporary file is left");
    }

    #[cfg(unix)]
    #[test]
    fn folder_and_files_are_of_this_user_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::below(folder.path());
        let digest = Digest::of(b"x");
        cache.keep(&digest, b"x").unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&cache.folder), 0o700);
        assert_eq!(mode(&cache.path(&digest)), 0o600);
    }
}
