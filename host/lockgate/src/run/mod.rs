//! One run, from its first read to its exit code. Read `drive.rs` first.

mod beginning;
pub(crate) mod clock;
mod drive;
pub(crate) mod gates;
pub(crate) mod journal;
pub(crate) mod keeper;
mod new;
pub(crate) mod place;
pub(crate) mod recordings;
pub(crate) mod replay_lines;
mod reporters;
pub(crate) mod signals;

pub(crate) use beginning::beginning;
pub(crate) use drive::{Run, keeper_of_a_restore, keeper_of_a_rollout};
pub(crate) use new::{named_rollout, new_id, new_rollout};
pub(crate) use reporters::ReportersOf;
