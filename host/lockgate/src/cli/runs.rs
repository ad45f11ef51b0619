//! The flags of the commands about past runs.

use std::path::PathBuf;

use clap::Args;

use crate::config;

/// The flags of `verify`.
#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// The run: its id, `latest`, or the path of its folder.
    #[arg(value_name = "RUN")]
    pub(crate) run: String,
    /// An attestation of the run, to be compared with its journal: what `gh attestation download` writes, an envelope, a
    /// statement, or the file of --attest.
    #[arg(long, value_name = "FILE")]
    pub(crate) attestation: Option<PathBuf>,
    /// Where journals and reports are kept [default: .lockgate].
    #[arg(long, env = "LOCKGATE_STATE_DIR", value_name = "DIR")]
    pub(crate) state_dir: Option<PathBuf>,
    /// Where gates are kept, those from registries and compiled ones [default: lockgate in the user's cache directory].
    #[arg(long, env = "LOCKGATE_CACHE_DIR", value_name = "DIR")]
    pub(crate) cache_dir: Option<PathBuf>,
}

impl VerifyArgs {
    /// Returns the state folder.
    pub(crate) fn state_dir(&self) -> PathBuf {
        let given = self.state_dir.clone();
        given.unwrap_or_else(|| PathBuf::from(config::STATE_DIR))
    }
}
