//! Past runs, as their folders tell them: how each ended, and what its gates were asked.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use gates::Recording;
use rollout::Outcome;

use crate::{run::journal, store::recordings};

/// A past run, by one of its processes.
#[derive(Debug)]
pub(crate) struct PastRun {
    /// Its folder.
    pub(crate) folder: PathBuf,
    /// How it ended.
    pub(crate) end: End,
    /// What its gates were asked, in order.
    pub(crate) recordings: Vec<(PathBuf, Recording)>,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// The canary was promoted.
    Promoted,
    /// The canary was rolled back, or never got any traffic.
    RolledBack,
    /// Something else, or nobody knows.
    Other,
}

impl End {
    /// Returns the words for people.
    pub(crate) fn words(self) -> &'static str {
        match self {
            End::Promoted => "promoted",
            End::RolledBack => "rolled back",
            End::Other => "ended otherwise",
        }
    }
}

/// Reads all runs below a folder, and what could not be read of them.
///
/// # Errors
/// When the folder cannot be read or there is no run in it.
pub(crate) fn read(folder: &Path) -> anyhow::Result<(Vec<PastRun>, Vec<anyhow::Error>)> {
    let (mut runs, mut problems) = (Vec::new(), Vec::new());
    let entries = std::fs::read_dir(folder)
        .with_context(|| format!("cannot read the runs in {}", folder.display()))?;
    let mut folders: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    folders.sort();
    for folder in folders
        .into_iter()
        .filter(|path| path.join("recordings").is_dir())
    {
        let end = journal::ended(&folder.join("journal.jsonl"));
        let end = end.with_context(|| format!("how {} ended is not known", folder.display()));
        let recorded = recorded(&folder.join("recordings"), &mut problems);
        runs.push(PastRun {
            end: match end {
                Ok(outcome) => self::end(outcome.as_ref()),
                Err(error) => {
                    problems.push(error);
                    End::Other
                }
            },
            recordings: recorded,
            folder,
        });
    }
    if runs.is_empty() {
        bail!(
            "there is no recorded run in {}: name the folder `runs` of a state directory",
            folder.display()
        );
    }
    Ok((runs, problems))
}

fn end(outcome: Option<&Outcome>) -> End {
    match outcome {
        Some(Outcome::Promoted) => End::Promoted,
        Some(Outcome::RolledBack { .. } | Outcome::Unverified { .. } | Outcome::Stuck { .. }) => {
            End::RolledBack
        }
        _ => End::Other,
    }
}

fn recorded(folder: &Path, problems: &mut Vec<anyhow::Error>) -> Vec<(PathBuf, Recording)> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "har"))
        .collect();
    files.sort();
    let mut read = Vec::new();
    for path in files {
        match recordings::read(&path) {
            Ok(recording) => read.push((path, recording)),
            Err(error) => problems.push(error),
        }
    }
    read
}
