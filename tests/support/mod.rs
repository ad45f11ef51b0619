//! Starts the two sides of a scenario and holds the traffic against the exit code.

pub(crate) mod component;
pub(crate) mod counting;
mod emulator;
mod lockgate;

pub(crate) use emulator::{CANARY, Emulator, STABLE};
pub(crate) use lockgate::{Finished, Lockgate};
