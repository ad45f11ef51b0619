//! The commands that need this machine alone: the demo, the emulator and the schema.

pub(super) mod demo;
pub(super) mod emulate;
pub(super) mod schema;
mod traffic_generator;
