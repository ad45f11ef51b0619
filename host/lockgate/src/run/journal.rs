//! The journal: one JSON object a line, appended and synced. Evidence, and what gates remember after a freeze;
//! recovery works without it.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use rollout::{Event, Intent, JOURNAL_VERSION, Memory, Outcome, Phase, Plan, Rollout};
use serde::{Deserialize, Serialize};

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Header {
    version: u32,
    run: String,
    holder: String,
    lockgate: String,
    started: String,
    intent: Intent,
    plan: Plan,
}

/// Why a journal cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum JournalError {
    /// A line is not what it should be.
    #[error("journal {path}, line {line}: {problem}")]
    Damaged {
        /// Which.
        path: String,
        /// Counted from 1.
        line: usize,
        /// What is wrong.
        problem: String,
    },
}

/// An open journal.
pub(crate) struct Journal {
    file: File,
    path: PathBuf,
}

impl Journal {
    /// Begins the journal of one process of a run in a folder of its own below `<state>/runs/`. A later process of the
    /// same run has another.
    ///
    /// # Errors
    /// When the folder or file cannot be made or the first line not be synced.
    pub(crate) fn create(folder: &Path, rollout: &Rollout) -> std::io::Result<Journal> {
        std::fs::create_dir_all(folder)?;
        let path = folder.join("journal.jsonl");
        let file = OpenOptions::new()
            .append(true)
            .create_new(true)
            .open(&path)?;
        let mut journal = Journal { file, path };
        let header = Header {
            version: JOURNAL_VERSION,
            run: rollout.run().to_owned(),
            holder: rollout.holder().to_owned(),
            lockgate: env!("CARGO_PKG_VERSION").to_owned(),
            started: jiff::Timestamp::now().to_string(),
            intent: rollout.intent().clone(),
            plan: rollout.plan().clone(),
        };
        journal.write(&header)?;
        Ok(journal)
    }

    /// Returns the file's path.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    fn write(&mut self, line: &impl Serialize) -> std::io::Result<()> {
        let mut text = serde_json::to_string(line)?;
        text.push('\n');
        self.file.write_all(text.as_bytes())?;
        self.file.sync_data()
    }
}

impl rollout::ports::Journal for Journal {
    fn append(&mut self, event: &Event) -> Result<(), String> {
        self.write(event)
            .map_err(|error| format!("{}: {error}", self.path.display()))
    }
}

/// Returns what the gates of a run left behind in all its processes on this machine; nothing where no journal of it
/// survives.
///
/// # Errors
/// When a journal of this run is damaged: rather than asking gates with half a memory.
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
        let Ok(header) = header(&path, &text) else {
            continue;
        };
        if header.run == run {
            journals.push((header, path, text));
        }
    }
    journals.sort_by(|(a, ..), (b, ..)| a.started.cmp(&b.started));
    let mut memory = Memory::default();
    for (header, path, text) in journals {
        // A pipeline that is run again names its run alike: what counts is what came after its beginning.
        if matches!(header.intent, Intent::Rollout) {
            memory = Memory::default();
        }
        memory = replay(header, &path, &text, memory)?.memory().clone();
    }
    Ok(memory)
}

/// Returns how the run of a journal ended; nothing where it broke off.
///
/// # Errors
/// When the journal cannot be read or is damaged.
pub(crate) fn ended(path: &Path) -> anyhow::Result<Option<Outcome>> {
    let text = std::fs::read_to_string(path)?;
    let header = header(path, &text)?;
    let rollout = replay(header, path, &text, Memory::default())?;
    Ok(match rollout.phase() {
        Phase::Ended(outcome) => Some(outcome.clone()),
        _ => None,
    })
}

fn damaged(path: &Path, line: usize, problem: String) -> JournalError {
    JournalError::Damaged {
        path: path.display().to_string(),
        line,
        problem,
    }
}

fn header(path: &Path, text: &str) -> Result<Header, JournalError> {
    let first = text.lines().next().unwrap_or_default();
    let header: Header =
        serde_json::from_str(first).map_err(|error| damaged(path, 1, error.to_string()))?;
    if header.version != JOURNAL_VERSION {
        let problem = format!(
            "version {} cannot be read by lockgate {}, which writes version {JOURNAL_VERSION}",
            header.version,
            env!("CARGO_PKG_VERSION")
        );
        return Err(damaged(path, 1, problem));
    }
    Ok(header)
}

/// Replays a journal to the state it led to. A torn last line is dropped: its action will be repeated.
fn replay(
    header: Header,
    path: &Path,
    text: &str,
    memory: Memory,
) -> Result<Rollout, JournalError> {
    let mut rollout = Rollout::new(header.run, header.plan, header.intent)
        .held_by(header.holder)
        .remembering(memory);
    let lines: Vec<&str> = text.lines().collect();
    for (index, line) in lines.iter().enumerate().skip(1) {
        let torn = index + 1 == lines.len() && !text.ends_with('\n');
        let event: Event = match serde_json::from_str(line) {
            Ok(event) => event,
            Err(_) if torn => break,
            Err(error) => return Err(damaged(path, index + 1, error.to_string())),
        };
        rollout
            .apply(&event)
            .map_err(|error| damaged(path, index + 1, error.to_string()))?;
    }
    Ok(rollout)
}
