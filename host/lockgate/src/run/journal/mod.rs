//! The journal of one process of a run, as a file: one event a line, each with the hash of the line before. It is evidence:
//! reports and proofs are made from it, and `resume` takes the states of the gates from it; `abort` and `recover` work
//! without it.
//!
//! `writer.rs` writes it, `saved.rs` reads it, `replay.rs` tells reporters of it, `memory.rs` asks it for what a later process
//! needs.

mod error;
mod memory;
mod replay;
mod saved;
mod writer;

pub(crate) use error::JournalError;
pub(crate) use memory::{ended, first_line, has_passed, memory_of, started};
pub(crate) use replay::tell;
pub(crate) use saved::{SavedJournal, SavedWhat, Tail};
pub(super) use writer::JournalWriter;
