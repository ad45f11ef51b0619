//! What a run and its keeper say to each other: one JSON text a line, requests on the keeper's stdin, replies on its stdout.

use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// The argument with which lockgate starts itself as a keeper; the folder follows it. It is no command: nobody types it.
pub(super) const ARGUMENT: &str = "__keep";

/// The journal's name in the folder of a run.
pub(super) const JOURNAL: &str = "journal.jsonl";

/// Returns the folder of a process of a run: that of the run's name for the first process, and one with a number for each
/// later one.
pub(super) fn folder_of(run: &Path, number: u32) -> PathBuf {
    match number {
        0 | 1 => run.to_owned(),
        number => {
            let name = run.file_name().unwrap_or_default().to_string_lossy();
            run.with_file_name(format!("{name}-{number}"))
        }
    }
}

/// The kinds of work. Each is done in the order of its requests, and none waits for the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Work {
    /// Lines of the journal.
    Journal,
    /// Recordings of gate calls.
    Recordings,
}

/// A request to the keeper.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Request {
    /// Appends a text to the journal and syncs it.
    Append(String),
    /// Writes a file whole, readable for this user alone.
    Store {
        /// The path below the folder of the run.
        path: String,
        /// What it holds.
        text: String,
    },
    /// Keeps a component beside the runs, under its digest, where it is not kept yet. A file that has changed since it was
    /// loaded has another digest, and is not kept.
    Keep {
        /// The component's absolute path.
        from: PathBuf,
        /// Its SHA-256 in hex.
        sha256: String,
    },
}

/// A reply of the keeper. The first one is `Begun` once the journal is there, empty, or `Failed(Journal)`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Reply {
    /// The journal is there. The number is that of its folder among those of the run: 1 has the run's own name.
    Begun(u32),
    /// The next request of this kind is done.
    Done(Work),
    /// The next request of this kind has failed, with the reason. Nothing more of the journal is written then.
    Failed(Work, String),
}

/// Writes a message as one line. The error is that of the stream.
pub(super) fn send(stream: &mut impl Write, message: &impl Serialize) -> std::io::Result<()> {
    let mut line = serde_json::to_string(message)?;
    line.push('\n');
    stream.write_all(line.as_bytes())?;
    stream.flush()
}
