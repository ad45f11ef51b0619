//! The keeper writes the files of a run, journal and recordings, in a process of its own: this executable, started again.
//! A disk that hangs holds up that process alone, so neither the rollback nor the exit code waits for it.
//!
//! `process.rs` is this side, `child.rs` the other, `message.rs` what they say to each other. `question.rs` asks a single
//! thing of a disk, in the same way.

mod child;
mod message;
mod process;
mod progress;
mod question;

pub(crate) use child::serve_if_asked;
pub(super) use message::Work;
pub(crate) use process::Keeper;
pub(super) use progress::Progress;
pub(crate) use question::{has_passed, is_writable};
