//! Starts the two sides of a scenario and holds the traffic against the exit code.

#[cfg(unix)]
pub(crate) mod clients;
pub(crate) mod component;
pub(crate) mod counting;
mod emulator;
mod lockgate;
#[cfg(unix)]
mod machine;
#[cfg(unix)]
pub(crate) mod pipelines;
#[cfg(unix)]
pub(crate) mod runner;
#[cfg(unix)]
pub(crate) mod services;

pub(crate) use emulator::{CANARY, Emulator, STABLE};
pub(crate) use lockgate::{Finished, Lockgate, Running};
#[cfg(unix)]
pub(crate) use machine::Machine;
