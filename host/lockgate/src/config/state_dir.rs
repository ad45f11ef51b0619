//! Where past runs are, for the commands that read them and need nothing else of the configuration.

use std::path::{Path, PathBuf};

use super::{defaults, read};
use crate::mistake::Mistakes;

/// Returns the state folder: the given one, else that of the configuration file, else the default. `config` is the file that is
/// named; without one it is `lockgate.toml`, if it is there.
///
/// # Errors
/// When no folder is given, and the file cannot be read or says none that can be: a default in its place would be another folder.
pub(crate) fn state_dir(given: Option<&Path>, config: Option<&Path>) -> Result<PathBuf, Mistakes> {
    if let Some(given) = given {
        return Ok(given.to_owned());
    }
    let mut configuration = read(config);
    let is_lost = configuration.is_lost;
    (configuration.mistakes).retain(|mistake| is_lost || mistake.is_about("state-dir"));
    if !configuration.mistakes.is_empty() {
        return Err(Mistakes(configuration.mistakes));
    }
    let of_file = configuration.file.state_dir;
    Ok(of_file.unwrap_or_else(|| PathBuf::from(defaults::STATE_DIR)))
}
