//! One run, from its first read to its exit code. Read `drive.rs` first.

pub(crate) mod clock;
mod drive;
pub(crate) mod journal;
mod keeper;
mod new;
mod place;
pub(crate) mod signals;

pub(crate) use drive::Run;
pub(crate) use new::{folder_of_process, named_rollout, new_rollout};
