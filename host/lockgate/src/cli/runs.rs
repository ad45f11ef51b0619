//! The flags of the commands about past runs.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::{Args, Subcommand};
use jiff::Timestamp;

use crate::config::{self, DurationText};
use crate::mistake::Mistakes;

/// Where past runs are.
#[derive(Debug, Args)]
pub(crate) struct PlaceArgs {
    /// Where journals are kept [default: as the configuration file says, else .lockgate].
    #[arg(long, env = "LOCKGATE_STATE_DIR", value_name = "DIR")]
    state_dir: Option<PathBuf>,
    /// The configuration file, for its `state-dir` [default: lockgate.toml, if it is there].
    #[arg(long, short, env = "LOCKGATE_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
}

impl PlaceArgs {
    /// Returns the state folder.
    ///
    /// # Errors
    /// As for [`config::state_dir`].
    pub(crate) fn state_dir(&self) -> Result<PathBuf, Mistakes> {
        config::state_dir(self.state_dir.as_deref(), self.config.as_deref())
    }
}

/// The flags of `runs`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct RunsArgs {
    /// What is done with the runs [default: they are listed].
    #[command(subcommand)]
    pub(crate) command: Option<RunsCommand>,
    /// Which runs are listed.
    #[command(flatten)]
    pub(crate) list: RunsListArgs,
}

/// The commands about all runs.
#[derive(Debug, Subcommand)]
pub(crate) enum RunsCommand {
    /// Remove the folders of runs that ended long ago, and the components that no other run has called. A run that may be
    /// under way stays.
    #[command(
        after_help = "Examples:\n  lockgate runs prune --keep 30d\n  lockgate runs prune --keep-last 50 --dry-run"
    )]
    Prune(RunsPruneArgs),
    /// Write everything that is kept of a run into one zip file, for a ticket: journal, recordings, reports, and the
    /// configuration with secrets masked.
    #[command(after_help = "Example:\n  lockgate runs bundle latest --out run.zip")]
    Bundle(RunsBundleArgs),
}

/// The flags of `runs` without a command.
#[derive(Debug, Args)]
pub(crate) struct RunsListArgs {
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    /// List the runs of this app alone.
    #[arg(long, value_name = "NAME")]
    pub(crate) app: Option<String>,
    /// List the runs that ended so alone.
    #[arg(long, value_name = "OUTCOME", value_parser = ["promoted", "rolled-back", "held", "undone", "unverified", "stuck", "refused", "cancelled", "superseded", "idle", "no-end"])]
    pub(crate) outcome: Option<String>,
    /// List the runs alone that began within this time, such as 7d or 12h.
    #[arg(long, value_name = "DURATION")]
    pub(crate) since: Option<Days>,
    /// List so many runs at most, the newest first.
    #[arg(long, value_name = "COUNT", default_value_t = 50)]
    pub(crate) limit: usize,
}

/// The flags of `runs prune`.
#[derive(Debug, Args)]
pub(crate) struct RunsPruneArgs {
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    /// Keep the runs that ended within this time, such as 30d.
    #[arg(long, value_name = "DURATION")]
    pub(crate) keep: Option<Days>,
    /// Keep so many runs, the newest ones.
    #[arg(long, value_name = "COUNT")]
    pub(crate) keep_last: Option<usize>,
    /// Show what would go, and remove nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// The flags of `runs bundle`.
#[derive(Debug, Args)]
pub(crate) struct RunsBundleArgs {
    /// The run: its id, `latest`, or the path of its folder.
    #[arg(value_name = "RUN")]
    pub(crate) run: String,
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    /// The zip file to write.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Replace the file where there is one.
    #[arg(long)]
    pub(crate) force: bool,
}

/// The flags of `explain`.
#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// The run: its id, `latest`, or the path of its folder.
    #[arg(value_name = "RUN", default_value = "latest")]
    pub(crate) run: String,
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
}

/// The flags of `report`.
#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    /// The run: its id, `latest`, or the path of its folder.
    #[arg(value_name = "RUN", default_value = "latest")]
    pub(crate) run: String,
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    /// The file to write, a page (.html), JSON (.json), JUnit (.xml) or Markdown (.md); may be repeated [default: Markdown on
    /// stdout].
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Vec<PathBuf>,
}

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
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    /// Where gates are kept, those from registries and compiled ones [default: lockgate in the user's cache directory].
    #[arg(long, env = "LOCKGATE_CACHE_DIR", value_name = "DIR")]
    pub(crate) cache_dir: Option<PathBuf>,
}

/// A duration in which a day is 24 hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Days(pub(crate) Duration);

impl Days {
    /// Returns the time that is so long before another; the beginning of time where there is none.
    pub(crate) fn before(self, time: Timestamp) -> Timestamp {
        time.checked_sub(self.0).unwrap_or(Timestamp::MIN)
    }
}

impl FromStr for Days {
    type Err = String;

    fn from_str(text: &str) -> Result<Days, String> {
        if let Some(days) = text.strip_suffix('d')
            && let Ok(days) = days.parse::<u32>()
        {
            return Ok(Days(Duration::from_secs(u64::from(days) * 24 * 60 * 60)));
        }
        match text.parse::<DurationText>() {
            Ok(text) => Ok(Days(text.0)),
            Err(_) => Err(format!(
                "{text:?} is not a duration; write it like 30d, 12h or 90m"
            )),
        }
    }
}
