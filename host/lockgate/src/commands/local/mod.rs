//! The commands that need nothing but this machine: the demo, the emulator, the schema.

mod traffic_generator;

pub(super) mod demo;
pub(super) mod emulate;
pub(super) mod schema;
