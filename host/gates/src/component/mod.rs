//! A component before it is called: recognised, compiled, examined, linked and described.
//!
//! Sends nothing and trusts nothing in the file. Start with `load.rs`; `gate.rs` holds what loading makes.

pub(crate) mod bindings;
pub(crate) mod compiled;
mod contract;
pub(crate) mod describe;
pub(crate) mod engine;
pub(crate) mod gate;
pub(crate) mod host;
pub(crate) mod limits;
pub(crate) mod load;
pub(crate) mod problem;
mod recognise;
pub(crate) mod settings;
mod settings_check;
mod sizes;
mod toolchain;
mod types;
pub(crate) mod world;
