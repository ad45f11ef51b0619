//! What the tests share: the executable, the emulator, gates built for a test, and the runners of pipelines. Nothing here
//! is a test.

#[cfg(unix)]
pub(crate) mod clients;
pub(crate) mod component;
pub(crate) mod counting;
mod emulator;
mod event_schema;
mod exit_codes;
pub(crate) mod hashes;
mod lockgate;
#[cfg(unix)]
mod machine;
mod pause;
#[cfg(unix)]
pub(crate) mod pipelines;
mod posted;
pub(crate) mod prometheus;
pub(crate) mod registry;
#[cfg(unix)]
pub(crate) mod runner;
#[cfg(unix)]
pub(crate) mod services;
#[cfg(unix)]
pub(crate) mod templates;
#[cfg(unix)]
pub(crate) mod terminal;
mod traffic_generator;

pub(crate) use emulator::{CANARY, Emulator, STABLE};
pub(crate) use lockgate::{Finished, Lockgate, Running};
#[cfg(unix)]
pub(crate) use machine::Machine;
pub(crate) use posted::Posted;
pub(crate) use traffic_generator::TrafficGenerator;
