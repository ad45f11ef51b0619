//! Runs gates: WebAssembly components that are asked whether a canary is healthy and whether it may go on.
//!
//! The only crate that names wasmtime. A gate is looked at, compiled and linked once ([`Host::load`]) and asked in a fresh
//! store each time ([`GateSet`]). Whatever a guest does, the answer is one of the engine's: a report, or one of the closed
//! kinds of gate failure. Read `load`, `call`, `imports`, then `egress`, the one way out; and
//! for calls that are put again `recording`, `replay` and `replay_call`.

mod ask;
mod bindings;
mod call;
mod captured;
mod chance;
mod convert;
mod describe;
mod egress;
mod engine;
mod exchange;
mod gate_set;
mod harmless;
mod imports;
mod limits;
mod load;
mod recording;
mod replay;
mod replay_call;
mod secrets;
mod senses;
mod services;
mod world;

pub use ask::Ask;
pub use chance::Seed;
pub use describe::{Description, SettingsError};
pub use egress::{Credential, CredentialError, OriginError, Origins};
pub use engine::{Host, HostError, HostOptions};
pub use exchange::{ExchangeError, HttpResponse};
pub use gate_set::{ConfiguredGate, GateSet, RecordingSink};
pub use harmless::harmless;
pub use limits::{Limits, Usage};
pub use load::{Gate, LoadError, digest};
pub use recording::{
    Component, Exchange, Facts, Outcome, RECORDING_BYTES_MAX, Recording, RecordingError,
};
pub use replay::{Miss, Nearest, ReplaySource};
pub use replay_call::{Replayed, in_virtual_time};
pub use secrets::{Secret, SecretError, Secrets};
pub use senses::{Counted, Readings};
pub use services::{Count, Counting, Level, LogLine, LogSink, Services, TrafficCounts};
pub use world::Problem;
