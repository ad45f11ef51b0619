//! The commands that need this machine alone: the demo, the emulator, past runs, the schemas and the contract.

pub(super) mod completions;
pub(super) mod demo;
pub(super) mod emulate;
pub(super) mod explain;
pub(super) mod man;
pub(super) mod report;
pub(super) mod runs;
pub(super) mod schema;
mod traffic_generator;
pub(super) mod verify;
pub(super) mod wit;
