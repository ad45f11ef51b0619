//! The flag of the reports that a run writes at its end.

use std::path::PathBuf;

use clap::Args;

/// The flag of the reports of a run.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct ReportsArgs {
    /// A report to write at the end: a page (.html), JSON (.json), JUnit (.xml) or Markdown (.md). May be repeated.
    /// The variable has one on each line.
    #[arg(
        long,
        env = "LOCKGATE_REPORT",
        value_name = "FILE",
        value_delimiter = '\n'
    )]
    pub(crate) report: Vec<PathBuf>,
}
