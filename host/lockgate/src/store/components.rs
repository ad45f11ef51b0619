//! Where the components of past runs are kept: by digest, beside the runs, so that a recorded call can be put again to the very
//! component that gave the answer. Knows paths alone.

use std::path::{Path, PathBuf};

/// Returns the folder of the components of a state folder.
pub(crate) fn folder(state_dir: &Path) -> PathBuf {
    state_dir.join("components")
}

/// Returns the path of a component beside the runs, of which one has this folder.
pub(crate) fn path_of(folder_of_run: &Path, sha256: &str) -> PathBuf {
    // The state folder has the folder `runs`, which has those of the runs.
    let state = folder_of_run.parent().and_then(Path::parent);
    folder(state.unwrap_or(folder_of_run)).join(format!("{sha256}.wasm"))
}
