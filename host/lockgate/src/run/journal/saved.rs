//! A journal that was read from its file: every line parsed, and the chain of hashes checked. Judges nothing.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rollout::{EVENT_SCHEMA, Event, Memory, Rollout};
use serde_json::Value;

use super::error::JournalError;
use crate::event::{Began, Ended, EventLine, RunEvent};

/// A journal that was read from its file.
#[derive(Debug)]
pub(crate) struct SavedJournal {
    /// The file.
    pub(crate) path: PathBuf,
    /// The run's id.
    pub(crate) run: String,
    /// When its process began.
    pub(crate) time: Timestamp,
    /// What it began with.
    pub(crate) began: Began,
    /// What has happened since then, in order.
    pub(crate) events: Vec<SavedEvent>,
    /// How the process ended; `None` where the journal stops before that.
    pub(crate) ended: Option<Ended>,
    /// When it ended.
    pub(crate) ended_at: Option<Timestamp>,
    /// The number of whole lines.
    pub(crate) lines: usize,
    /// How the file ends.
    pub(crate) tail: Tail,
    /// The SHA-256 of the whole file, in hex.
    pub(crate) sha256: String,
}

/// One line of a journal after the first.
#[derive(Debug)]
pub(crate) struct SavedEvent {
    /// Its number, counted from 1.
    pub(crate) line: usize,
    /// When it happened, on the clock of the machine that wrote it.
    pub(crate) time: Timestamp,
    /// What has happened.
    pub(crate) what: SavedWhat,
}

/// What a line of a journal says.
#[derive(Debug)]
pub(crate) enum SavedWhat {
    /// A fact, which the engine has applied.
    Fact(Event),
    /// Something beside the facts.
    Beside(RunEvent),
}

/// The first line of a journal.
#[derive(Debug)]
pub(crate) struct FirstLine {
    /// The run's id.
    pub(crate) run: String,
    /// When its process began.
    pub(crate) time: Timestamp,
    /// What it began with.
    pub(crate) began: Began,
}

/// How the file of a journal ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tail {
    /// With a whole line.
    Whole,
    /// In the middle of a line, which a process leaves that is killed while it writes.
    Torn,
}

impl SavedJournal {
    /// Reads a journal. A torn last line is left out.
    ///
    /// # Errors
    /// When the file cannot be read, is empty, is of another format, a line is no event or does not carry the hash of the line
    /// before.
    pub(crate) fn read(path: &Path) -> Result<SavedJournal, JournalError> {
        let bytes = std::fs::read(path).map_err(|source| JournalError::Unreadable {
            path: path.to_owned(),
            source,
        })?;
        SavedJournal::parse(path, &bytes)
    }

    fn parse(path: &Path, bytes: &[u8]) -> Result<SavedJournal, JournalError> {
        // A torn line may end within a character, so it is cut off before the text is looked at.
        let end = bytes.iter().rposition(|byte| *byte == b'\n');
        let (whole, torn) = bytes.split_at(end.map_or(0, |end| end + 1));
        let tail = if torn.is_empty() {
            Tail::Whole
        } else {
            Tail::Torn
        };
        let lines = whole_lines(path, whole)?;
        let first = FirstLine::parse(path, lines.first().copied().unwrap_or_default())?;
        let mut events = Vec::new();
        let (mut ended, mut ended_at) = (None, None);
        for (index, text) in lines.iter().enumerate() {
            let number = index + 1;
            let (line, time) = parse_line(path, number, text)?;
            check_previous(path, number, &lines, &line)?;
            if number == 1 {
                continue;
            }
            let damaged = |problem: &str| JournalError::damaged(path, number, problem);
            if line.run.as_ref() != Some(&first.run) {
                return Err(damaged("it is of another run than the first line"));
            }
            if ended.is_some() {
                return Err(damaged("the run has ended before this line"));
            }
            let what = read_event(&line).map_err(|error| damaged(&error.to_string()))?;
            match what {
                SavedWhat::Beside(RunEvent::Ended(how)) => {
                    (ended, ended_at) = (Some(how), Some(time));
                }
                SavedWhat::Beside(RunEvent::Began(_)) => {
                    return Err(damaged("a journal begins once"));
                }
                what => events.push(SavedEvent {
                    line: number,
                    time,
                    what,
                }),
            }
        }
        let FirstLine { run, time, began } = first;
        Ok(SavedJournal {
            path: path.to_owned(),
            run,
            time,
            began,
            events,
            ended,
            ended_at,
            lines: lines.len(),
            tail,
            sha256: gates::digest(bytes),
        })
    }

    /// Returns the run before its first event, with the memory of the processes before this one.
    pub(crate) fn fresh(&self, memory: Memory) -> Rollout {
        Rollout::new(
            self.run.clone(),
            self.began.plan.clone(),
            self.began.intent.clone(),
        )
        .held_by(self.began.holder.clone())
        .remembering(memory)
    }

    /// Replays the events to the state that they led to, with the memory of the processes before this one.
    ///
    /// # Errors
    /// When an event cannot follow the ones before it.
    pub(crate) fn replay(&self, memory: Memory) -> Result<Rollout, JournalError> {
        let mut rollout = self.fresh(memory);
        for event in &self.events {
            if let SavedWhat::Fact(fact) = &event.what {
                self.apply(&mut rollout, event.line, fact)?;
            }
        }
        Ok(rollout)
    }

    /// Applies one event of the journal. The error names its line.
    pub(super) fn apply(
        &self,
        rollout: &mut Rollout,
        line: usize,
        event: &Event,
    ) -> Result<(), JournalError> {
        let applied = rollout.apply(event);
        applied.map_err(|error| JournalError::damaged(&self.path, line, error))
    }
}

impl FirstLine {
    /// Reads the first line of a journal, and no more of it.
    ///
    /// # Errors
    /// When the file cannot be read, is empty, is of another format, or does not begin with the event began.
    pub(super) fn read(path: &Path) -> Result<FirstLine, JournalError> {
        let unreadable = |source| JournalError::Unreadable {
            path: path.to_owned(),
            source,
        };
        let file = File::open(path).map_err(unreadable)?;
        let mut text = String::new();
        let mut file = BufReader::new(file);
        file.read_line(&mut text).map_err(unreadable)?;
        FirstLine::parse(path, text.trim_end_matches('\n'))
    }

    fn parse(path: &Path, text: &str) -> Result<FirstLine, JournalError> {
        if text.is_empty() {
            return Err(JournalError::Empty {
                path: path.to_owned(),
            });
        }
        check_format(path, text)?;
        let (line, time) = parse_line(path, 1, text)?;
        match serde_json::from_value(line.parts()) {
            Ok(RunEvent::Began(began)) => Ok(FirstLine {
                run: line.run.unwrap_or_default(),
                time,
                began,
            }),
            Ok(_) => Err(JournalError::damaged(
                path,
                1,
                "a journal begins with began",
            )),
            Err(error) => Err(JournalError::damaged(path, 1, error)),
        }
    }
}

/// Returns the lines of a text of which each has its end. Only the end itself is no part of a line: what stands before it is
/// in the hash.
fn whole_lines<'a>(path: &Path, bytes: &'a [u8]) -> Result<Vec<&'a str>, JournalError> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = &bytes[..error.valid_up_to()];
        let number = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        JournalError::damaged(path, number, "it is not UTF-8, as JSON has to be")
    })?;
    Ok(text.split_terminator('\n').collect())
}

/// Parses what every line has.
fn parse_line(
    path: &Path,
    number: usize,
    text: &str,
) -> Result<(EventLine, Timestamp), JournalError> {
    let damaged = |problem: String| JournalError::damaged(path, number, problem);
    let line: EventLine = serde_json::from_str(text).map_err(|error| damaged(error.to_string()))?;
    let time =
        (line.time.parse()).map_err(|error| damaged(format!("time {:?}: {error}", line.time)))?;
    Ok((line, time))
}

/// Refuses a journal that another version of lockgate wrote. A line that is no JSON is the reader's business.
fn check_format(path: &Path, first: &str) -> Result<(), JournalError> {
    let Ok(first) = serde_json::from_str::<Value>(first) else {
        return Ok(());
    };
    match &first["schema"] {
        Value::String(schema) if schema == EVENT_SCHEMA => Ok(()),
        other => Err(JournalError::OtherFormat {
            path: path.to_owned(),
            found: match (other, &first["version"]) {
                (Value::String(schema), _) => schema.clone(),
                (_, Value::Number(version)) => format!("lockgate.journal/{version}"),
                _ => "none".to_owned(),
            },
        }),
    }
}

/// Compares the hash that a line carries with that of the line before.
fn check_previous(
    path: &Path,
    number: usize,
    lines: &[&str],
    line: &EventLine,
) -> Result<(), JournalError> {
    let before = number.checked_sub(2).and_then(|index| lines.get(index));
    let found = before.map(|before| gates::digest(before.as_bytes()));
    if found == line.previous {
        return Ok(());
    }
    let shown = |hash: Option<String>| hash.unwrap_or_else(|| "none".to_owned());
    Err(JournalError::Broken {
        path: path.to_owned(),
        line: number,
        expected: shown(line.previous.clone()),
        found: shown(found),
    })
}

fn read_event(line: &EventLine) -> serde_json::Result<SavedWhat> {
    let parts = line.parts();
    Ok(match line.at_ms {
        Some(_) => SavedWhat::Fact(serde_json::from_value(parts)?),
        None => SavedWhat::Beside(serde_json::from_value(parts)?),
    })
}

#[cfg(test)]
mod tests;
