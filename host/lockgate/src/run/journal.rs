//! The journal of one process of a run, as a file: one JSON object a line. It is evidence, and `resume` takes the states of
//! the gates from it; `abort` and `recover` work without it. `journal_writer.rs` writes it.

use std::path::{Path, PathBuf};

use rollout::{Event, Intent, JOURNAL_VERSION, Memory, Outcome, Phase, Plan, Rollout};
use serde::{Deserialize, Serialize};

/// The first line of a journal.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct JournalHeader {
    version: u32,
    run: String,
    holder: String,
    lockgate: String,
    started: String,
    intent: Intent,
    plan: Plan,
}

impl JournalHeader {
    /// Returns the first line of the journal of a run that begins now.
    pub(super) fn of(rollout: &Rollout) -> JournalHeader {
        JournalHeader {
            version: JOURNAL_VERSION,
            run: rollout.run().to_owned(),
            holder: rollout.holder().to_owned(),
            lockgate: env!("CARGO_PKG_VERSION").to_owned(),
            started: jiff::Timestamp::now().to_string(),
            intent: rollout.intent().clone(),
            plan: rollout.plan().clone(),
        }
    }
}

/// Why a journal cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum JournalError {
    /// A line cannot be parsed, or its event cannot follow the ones before it.
    #[error("journal {path}, line {line}: {problem}")]
    Damaged {
        /// The journal's path.
        path: String,
        /// The line's number, counted from 1.
        line: usize,
        /// The parser's or the engine's message.
        problem: String,
    },
}

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
        let Ok(text) = std::fs::read_to_string(&path) else {
            continue;
        };
        let Ok(journal) = SavedJournal::parse(path, text) else {
            continue;
        };
        if journal.header.run == run {
            journals.push(journal);
        }
    }
    journals.sort_by(|a, b| a.header.started.cmp(&b.header.started));
    let mut memory = Memory::default();
    for journal in journals {
        // A pipeline that is run again chooses the same run id, so memory from before the last rollout does not count.
        if matches!(journal.header.intent, Intent::Rollout) {
            memory = Memory::default();
        }
        memory = journal.replay(memory)?.memory().clone();
    }
    Ok(memory)
}

/// Returns when the process of a journal began, as RFC 3339 writes it; empty where the journal does not say.
pub(crate) fn started(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let journal = SavedJournal::parse(path.to_owned(), text);
    journal.map_or_else(|_| String::new(), |journal| journal.header.started)
}

/// Returns how the run of a journal ended; `None` where the journal stops before the end.
///
/// # Errors
/// When the journal cannot be read or is damaged.
pub(crate) fn ended(path: &Path) -> anyhow::Result<Option<Outcome>> {
    let text = std::fs::read_to_string(path)?;
    if text.is_empty() {
        // Nothing had happened yet when its process ended.
        return Ok(None);
    }
    let journal = SavedJournal::parse(path.to_owned(), text)?;
    let rollout = journal.replay(Memory::default())?;
    Ok(match rollout.phase() {
        Phase::Ended(outcome) => Some(outcome.clone()),
        _ => None,
    })
}

/// Returns whether a journal on this machine says that the process of a run has promoted its canary. False where there is
/// none, or none that can be read.
pub(super) fn has_passed(state_dir: &Path, run: &str, holder: &str) -> bool {
    let Ok(folders) = std::fs::read_dir(state_dir.join("runs")) else {
        return false;
    };
    folders.flatten().any(|folder| {
        let path = folder.path().join("journal.jsonl");
        let Some(journal) = std::fs::read_to_string(&path)
            .ok()
            .and_then(|text| SavedJournal::parse(path, text).ok())
        else {
            return false;
        };
        let is_of_run = journal.header.run == run && journal.header.holder == holder;
        is_of_run
            && journal.replay(Memory::default()).is_ok_and(|rollout| {
                matches!(
                    rollout.phase(),
                    Phase::Ended(Outcome::Promoted | Outcome::PromotedWithLease(_))
                )
            })
    })
}

/// A journal that was read from its file.
struct SavedJournal {
    header: JournalHeader,
    path: PathBuf,
    text: String,
}

impl SavedJournal {
    /// Parses the first line.
    fn parse(path: PathBuf, text: String) -> Result<SavedJournal, JournalError> {
        let first = text.lines().next().unwrap_or_default();
        let header: JournalHeader =
            serde_json::from_str(first).map_err(|error| damaged(&path, 1, error.to_string()))?;
        if header.version != JOURNAL_VERSION {
            let problem = format!(
                "version {} cannot be read by lockgate {}, which writes version {JOURNAL_VERSION}",
                header.version,
                env!("CARGO_PKG_VERSION")
            );
            return Err(damaged(&path, 1, problem));
        }
        Ok(SavedJournal { header, path, text })
    }

    /// Replays the events to the state that they led to, with the memory of the processes before this one. A torn last
    /// line, which a process leaves that is killed while it writes, is dropped.
    fn replay(self, memory: Memory) -> Result<Rollout, JournalError> {
        let SavedJournal { header, path, text } = self;
        let mut rollout = Rollout::new(header.run, header.plan, header.intent)
            .held_by(header.holder)
            .remembering(memory);
        let lines: Vec<&str> = text.lines().collect();
        for (index, line) in lines.iter().enumerate().skip(1) {
            let is_torn = index + 1 == lines.len() && !text.ends_with('\n');
            let event: Event = match serde_json::from_str(line) {
                Ok(event) => event,
                Err(_) if is_torn => break,
                Err(error) => return Err(damaged(&path, index + 1, error.to_string())),
            };
            rollout
                .apply(&event)
                .map_err(|error| damaged(&path, index + 1, error.to_string()))?;
        }
        Ok(rollout)
    }
}

fn damaged(path: &Path, line: usize, problem: String) -> JournalError {
    JournalError::Damaged {
        path: path.display().to_string(),
        line,
        problem,
    }
}
