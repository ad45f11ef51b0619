//! Runs gates: WebAssembly components that are asked whether a canary is healthy and whether it may go on.
//!
//! The only crate that names wasmtime. A gate is looked at, compiled and linked once ([`Host::load`]) and asked in a fresh
//! store each time ([`GateSet`]). Whatever a guest does, the answer is one of the engine's: a report, or one of the closed
//! kinds of gate failure. Read `load`, `call`, `imports`, then `egress`, the one way out; and
//! for calls that are put again `recording`, `replay` and `replay_call`.

mod call;
mod component;
mod outside;
mod recording;
mod replay;

pub use call::ask::Ask;
pub use call::gate_set::{ConfiguredGate, GateSet, RecordingSink};
pub use call::sanitise::harmless;
pub use component::describe::{Description, SettingsError};
pub use component::engine::{Host, HostError, HostOptions};
pub use component::limits::{Limits, Usage};
pub use component::load::{Gate, LoadError, digest};
pub use component::world::Problem;
pub use outside::egress::{Credential, CredentialError, OriginError, Origins};
pub use outside::environment::{Counted, Readings};
pub use outside::exchange::{ExchangeError, HttpResponse};
pub use outside::randomness::Seed;
pub use outside::secrets::{Secret, SecretError, Secrets};
pub use outside::services::{Count, Counting, Level, LogLine, LogSink, Services, TrafficCounts};
pub use recording::{
    Component, Exchange, Facts, Outcome, RECORDING_BYTES_MAX, Recording, RecordingError,
};
pub use replay::{Miss, Nearest, ReplaySource, Replayed, in_virtual_time};
