//! The folders of past runs, read for backtests: how each run ended, and the recorded calls of its gates. Writes nothing.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use gates::Recording;
use rollout::Outcome;

use crate::run::journal;
use crate::store::recordings;

/// All runs below a folder.
#[derive(Debug)]
pub(crate) struct PastRuns {
    /// In the order in which they began.
    pub(crate) runs: Vec<PastRun>,
    /// Journals and recordings that could not be read.
    pub(crate) problems: Vec<anyhow::Error>,
}

/// The folder of one past run.
#[derive(Debug)]
pub(crate) struct PastRun {
    pub(crate) folder: PathBuf,
    pub(crate) end: RunEnd,
    /// The calls of its gates, in order.
    pub(crate) recordings: Vec<RecordingFile>,
}

/// A recording and its file.
#[derive(Debug)]
pub(crate) struct RecordingFile {
    pub(crate) path: PathBuf,
    pub(crate) recording: Recording,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RunEnd {
    /// The canary was promoted.
    Promoted,
    /// The canary was rolled back, or never got any traffic.
    RolledBack,
    /// Another end, or the journal does not say.
    Other,
}

impl RunEnd {
    /// Returns the end in words.
    pub(crate) fn words(self) -> &'static str {
        match self {
            RunEnd::Promoted => "promoted",
            RunEnd::RolledBack => "rolled back",
            RunEnd::Other => "ended otherwise",
        }
    }
}

/// Reads all runs below a folder. A journal or recording that cannot be read is a problem in the result, not an error.
///
/// # Errors
/// When the folder cannot be read, or holds no run with recordings.
pub(crate) fn read(folder: &Path) -> anyhow::Result<PastRuns> {
    let mut past = PastRuns {
        runs: Vec::new(),
        problems: Vec::new(),
    };
    let entries = std::fs::read_dir(folder)
        .with_context(|| format!("cannot read the runs in {}", folder.display()))?;
    let mut folders: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    folders.retain(|path| path.join("recordings").is_dir());
    folders.sort_by_key(|folder| {
        (
            journal::started(&folder.join("journal.jsonl")),
            folder.clone(),
        )
    });
    for folder in folders {
        let run = past_run(folder, &mut past.problems);
        past.runs.push(run);
    }
    if past.runs.is_empty() {
        bail!(
            "there is no recorded run in {}: name the folder `runs` of a state directory",
            folder.display()
        );
    }
    Ok(past)
}

fn past_run(folder: PathBuf, problems: &mut Vec<anyhow::Error>) -> PastRun {
    let ended = journal::ended(&folder.join("journal.jsonl"));
    let ended = ended.with_context(|| format!("cannot read how {} ended", folder.display()));
    let end = match ended {
        Ok(outcome) => outcome.as_ref().map_or(RunEnd::Other, run_end),
        Err(error) => {
            problems.push(error);
            RunEnd::Other
        }
    };
    PastRun {
        end,
        recordings: recording_files(&folder.join("recordings"), problems),
        folder,
    }
}

fn run_end(outcome: &Outcome) -> RunEnd {
    match outcome {
        Outcome::Promoted | Outcome::PromotedWithLease(_) => RunEnd::Promoted,
        Outcome::RolledBack(_) | Outcome::Unverified { .. } | Outcome::Stuck { .. } => {
            RunEnd::RolledBack
        }
        Outcome::Idle
        | Outcome::Held { .. }
        | Outcome::Refused(_)
        | Outcome::Cancelled(_)
        | Outcome::Superseded(_) => RunEnd::Other,
    }
}

/// Returns the digests of the components that the process of a run has called or was about to call: by its journal, and where
/// that cannot be read by its recordings.
pub(crate) fn components_of(folder_of_run: &Path) -> BTreeSet<String> {
    if let Ok(first) = journal::first_line(&folder_of_run.join("journal.jsonl")) {
        return first
            .began
            .gates
            .into_iter()
            .map(|gate| gate.sha256)
            .collect();
    }
    let recordings = recording_files(&folder_of_run.join("recordings"), &mut Vec::new());
    let calls = recordings
        .into_iter()
        .filter_map(|file| file.recording.call);
    calls.map(|call| call.component.sha256).collect()
}

fn recording_files(folder: &Path, problems: &mut Vec<anyhow::Error>) -> Vec<RecordingFile> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "har"));
    paths.sort();
    let mut files = Vec::new();
    for path in paths {
        match recordings::read(&path) {
            Ok(recording) => files.push(RecordingFile { path, recording }),
            Err(error) => problems.push(error),
        }
    }
    files
}
