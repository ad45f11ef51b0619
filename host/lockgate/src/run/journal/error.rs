//! Why a journal cannot be read.

use std::path::{Path, PathBuf};

/// Why a journal cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum JournalError {
    /// The file cannot be read.
    #[error("cannot read the journal {path}")]
    Unreadable {
        /// The journal's path.
        path: PathBuf,
        /// The operating system's error.
        source: std::io::Error,
    },
    /// Nothing had happened yet when the process ended.
    #[error("journal {path} is empty: its process ended before it had read the app")]
    Empty {
        /// The journal's path.
        path: PathBuf,
    },
    /// Another version of lockgate wrote it.
    #[error(
        "journal {path} is of the format {found}, and this lockgate ({}) reads {}: use the lockgate that wrote it, or a newer one",
        env!("CARGO_PKG_VERSION"),
        rollout::EVENT_SCHEMA
    )]
    OtherFormat {
        /// The journal's path.
        path: PathBuf,
        /// The format that its first line names.
        found: String,
    },
    /// A line does not carry the hash of the line before.
    #[error(
        "journal {path}, line {line}: the line before it was changed, or lines are missing or added; it has the SHA-256 {found}, \
         and line {line} was written after one with {expected}"
    )]
    Broken {
        /// The journal's path.
        path: PathBuf,
        /// The number of the line that carries another hash, counted from 1.
        line: usize,
        /// The hash that the line carries, or `none`.
        expected: String,
        /// The hash of the line before it.
        found: String,
    },
    /// A line cannot be parsed, or its event cannot follow the ones before it.
    #[error("journal {path}, line {line}: {problem}")]
    Damaged {
        /// The journal's path.
        path: PathBuf,
        /// The line's number, counted from 1.
        line: usize,
        /// The parser's or the engine's message.
        problem: String,
    },
}

impl JournalError {
    pub(super) fn damaged(path: &Path, line: usize, problem: impl ToString) -> JournalError {
        JournalError::Damaged {
            path: path.to_owned(),
            line,
            problem: problem.to_string(),
        }
    }
}
