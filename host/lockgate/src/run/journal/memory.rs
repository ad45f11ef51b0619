//! What a later process of a run, or a backtest, takes from journals on this machine.

use std::path::Path;

use jiff::Timestamp;
use rollout::{Intent, Memory, Outcome, Phase};

use super::error::JournalError;
use super::saved::{FirstLine, SavedJournal};

/// Returns the states that the gates of a run left behind in all its processes on this machine; an empty memory where
/// there is no journal of the run.
///
/// # Errors
/// When a journal of this run is damaged: gates must not be asked with part of their states.
pub(crate) fn memory_of(state_dir: &Path, run: &str) -> Result<Memory, JournalError> {
    let Ok(folders) = std::fs::read_dir(state_dir.join("runs")) else {
        return Ok(Memory::default());
    };
    let mut journals = Vec::new();
    for folder in folders.flatten() {
        let path = folder.path().join("journal.jsonl");
        let first = FirstLine::read(&path);
        if first.is_ok_and(|first| first.run == run) {
            journals.push(SavedJournal::read(&path)?);
        }
    }
    journals.sort_by_key(|journal| journal.time);
    let mut memory = Memory::default();
    for journal in journals {
        // A pipeline that is run again chooses the same run id, so memory from before the last rollout does not count.
        if matches!(journal.began.intent, Intent::Rollout) {
            memory = Memory::default();
        }
        memory = journal.replay(memory)?.memory().clone();
    }
    Ok(memory)
}

/// Reads the first line of a journal, and no more of it.
///
/// # Errors
/// When the file cannot be read, is empty, is of another format, or does not begin with the event began.
pub(crate) fn first_line(path: &Path) -> Result<FirstLine, JournalError> {
    FirstLine::read(path)
}

/// Returns when the process of a journal began; `None` where the journal does not say.
pub(crate) fn started(path: &Path) -> Option<Timestamp> {
    FirstLine::read(path).ok().map(|first| first.time)
}

/// Returns how the run of a journal ended; `None` where the journal stops before the end.
///
/// # Errors
/// When the journal cannot be read or is damaged.
pub(crate) fn ended(path: &Path) -> Result<Option<Outcome>, JournalError> {
    let journal = match SavedJournal::read(path) {
        Err(JournalError::Empty { .. }) => return Ok(None),
        journal => journal?,
    };
    let rollout = journal.replay(Memory::default())?;
    Ok(match rollout.phase() {
        Phase::Ended(outcome) => Some(outcome.clone()),
        _ => None,
    })
}

/// Returns whether a journal on this machine says that the process of a run has promoted its canary. False where there is
/// none, or none that can be read.
pub(crate) fn has_passed(state_dir: &Path, run: &str, holder: &str) -> bool {
    let Ok(folders) = std::fs::read_dir(state_dir.join("runs")) else {
        return false;
    };
    folders.flatten().any(|folder| {
        let path = folder.path().join("journal.jsonl");
        let first = FirstLine::read(&path);
        let is_of_run = first.is_ok_and(|first| first.run == run && first.began.holder == holder);
        let replayed = || SavedJournal::read(&path)?.replay(Memory::default());
        is_of_run
            && replayed().is_ok_and(|rollout| {
                matches!(
                    rollout.phase(),
                    Phase::Ended(Outcome::Promoted | Outcome::PromotedWithLease(_))
                )
            })
    })
}
