//! Finds case files by their ending, `.case.toml`. Reads folders, never files.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

const ENDING: &str = ".case.toml";

/// Returns the case files at a path, sorted: the file itself, or all below the folder, but for links and for
/// folders whose name begins with a dot.
///
/// # Errors
/// When a folder cannot be read, or there is no case.
pub(crate) fn find(path: &Path) -> anyhow::Result<Vec<PathBuf>> {
    if path.exists() && !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    collect(path, &mut found)?;
    if found.is_empty() {
        bail!(
            "there is no case below {}: name one like good{ENDING}",
            path.display()
        );
    }
    found.sort();
    let short = |path: PathBuf| path.strip_prefix(".").map(Path::to_owned).unwrap_or(path);
    Ok(found.into_iter().map(short).collect())
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let what = || format!("cannot look for cases in {}", folder.display());
    for entry in std::fs::read_dir(folder).with_context(what)? {
        let entry = entry.with_context(what)?;
        let kind = entry.file_type().with_context(what)?;
        let path = entry.path();
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if kind.is_dir() && !name.starts_with('.') {
            collect(&path, found)?;
        } else if kind.is_file() && name.ends_with(ENDING) {
            found.push(path);
        }
    }
    Ok(())
}
