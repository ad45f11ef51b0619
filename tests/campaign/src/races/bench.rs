//! What all trials of a campaign share: the executable under test, the cache of compiled gates, and the folders.

use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// What all trials share.
pub(super) struct Bench {
    pub(super) lockgate: PathBuf,
    /// Where compiled gates are kept, so that only the first process compiles.
    pub(super) cache: TempDir,
    pub(super) keep: Option<PathBuf>,
}

impl Bench {
    /// Returns the folder of a trial, and what removes it in the end.
    pub(super) fn folder(&self, seed: u64) -> io::Result<(PathBuf, Option<TempDir>)> {
        match &self.keep {
            Some(keep) => {
                let folder = keep.join(seed.to_string());
                std::fs::create_dir_all(&folder)?;
                Ok((folder.canonicalize()?, None))
            }
            None => {
                let folder = tempfile::tempdir()?;
                Ok((folder.path().to_owned(), Some(folder)))
            }
        }
    }

    pub(super) fn cache(&self) -> &Path {
        self.cache.path()
    }
}
