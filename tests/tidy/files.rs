//! The files that the rules look at: everything that people write, and nothing that a tool makes.

use std::path::{Path, PathBuf};

/// Folders that hold no text of ours, wherever they are.
const SKIPPED: [&str; 7] = [
    "target",
    ".git",
    ".cache",
    ".lockgate",
    "node_modules",
    "__pycache__",
    ".venv",
];

/// A file below the root.
pub(super) struct SourceFile {
    /// Its path from the root, with `/` between the parts.
    pub(super) path: String,
    /// Its text.
    pub(super) text: String,
}

/// Returns the root of the repository.
pub(super) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Returns the text of a file below the root.
pub(super) fn read(path: &str) -> String {
    let full = root().join(path);
    std::fs::read_to_string(&full).unwrap_or_else(|error| panic!("{}: {error}", full.display()))
}

/// Returns every Rust file of the repository.
pub(super) fn rust_files() -> Vec<SourceFile> {
    let mut found = texts();
    found.retain(|file| file.path.ends_with(".rs"));
    assert!(found.len() > 50, "the sources are found");
    found
}

/// Returns every file of the repository that is text in UTF-8.
pub(super) fn texts() -> Vec<SourceFile> {
    let mut found = Vec::new();
    collect(&root(), "", &mut found);
    found
}

fn collect(folder: &Path, prefix: &str, found: &mut Vec<SourceFile>) {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    for entry in entries {
        let entry = entry.expect("an entry");
        let name = entry.file_name().to_string_lossy().into_owned();
        if SKIPPED.contains(&name.as_str()) {
            continue;
        }
        let path = format!("{prefix}{name}");
        if entry.file_type().expect("a type").is_dir() {
            collect(&entry.path(), &format!("{path}/"), found);
        } else if let Ok(text) = std::fs::read_to_string(entry.path()) {
            found.push(SourceFile { path, text });
        }
    }
}
