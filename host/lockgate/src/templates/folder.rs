//! The folder of a new gate: all of it is there at the end, or nothing.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use tempfile::TempDir;

use super::RenderedFile;

/// A folder that is going to be written.
#[derive(Debug)]
pub(crate) struct NewFolder {
    path: PathBuf,
    /// Whether it is there, and empty.
    exists: bool,
}

impl NewFolder {
    /// Makes sure that nothing is lost by writing there. Changes nothing.
    ///
    /// # Errors
    /// When there is a folder that is not empty, or something else.
    pub(crate) fn open(path: &Path) -> anyhow::Result<NewFolder> {
        let exists = match std::fs::read_dir(path) {
            Ok(mut entries) => {
                if let Some(entry) = entries.next() {
                    let entry = entry.with_context(|| format!("cannot read {}", path.display()))?;
                    bail!(
                        "{} is not empty: it has {}; name another folder with --dir, or empty this one",
                        path.display(),
                        entry.file_name().display()
                    );
                }
                true
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => false,
            Err(error) => {
                let what = format!(
                    "cannot write into {}; name another folder with --dir",
                    path.display()
                );
                return Err(error).context(what);
            }
        };
        Ok(NewFolder {
            path: path.to_owned(),
            exists,
        })
    }

    /// Writes the files.
    ///
    /// # Errors
    /// When one cannot be written; then none of them is there.
    pub(crate) fn write(self, files: &[RenderedFile]) -> anyhow::Result<()> {
        let what = || format!("cannot write {}", self.path.display());
        let parent = if self.exists {
            self.path.clone()
        } else {
            let parent = self.path.parent().unwrap_or(Path::new(""));
            let parent = if parent.as_os_str().is_empty() {
                Path::new(".")
            } else {
                parent
            };
            std::fs::create_dir_all(parent).with_context(what)?;
            parent.to_owned()
        };
        let work = work_folder(&parent).with_context(what)?;
        for file in files {
            let path = work.path().join(&file.path);
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder).with_context(what)?;
            }
            std::fs::write(&path, &file.bytes).with_context(what)?;
        }
        if self.exists {
            self.move_into(&work).with_context(what)
        } else {
            std::fs::rename(work.path(), &self.path).with_context(what)?;
            // It is not at its old place any more, so there is nothing to delete.
            let _ = work.keep();
            Ok(())
        }
    }

    /// Moves what is in a folder within the new folder up into it.
    fn move_into(&self, work: &TempDir) -> std::io::Result<()> {
        let mut moved = Vec::new();
        let entries = std::fs::read_dir(work.path())?;
        let result: std::io::Result<()> = entries.into_iter().try_for_each(|entry| {
            let entry = entry?;
            let to = self.path.join(entry.file_name());
            std::fs::rename(entry.path(), &to)?;
            moved.push(to);
            Ok(())
        });
        if result.is_err() {
            for path in moved {
                // What cannot be deleted is named by nothing better than the error that led here.
                let _ = if path.is_dir() {
                    std::fs::remove_dir_all(&path)
                } else {
                    std::fs::remove_file(&path)
                };
            }
        }
        result
    }
}

fn work_folder(parent: &Path) -> std::io::Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".lockgate-new-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(std::fs::Permissions::from_mode(0o777));
    }
    builder.tempdir_in(parent)
}
