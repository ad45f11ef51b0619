//! Runs gates: WebAssembly components that are asked whether a canary is healthy and whether it may be promoted.
//!
//! The only crate that names wasmtime. A gate is examined, compiled and linked once ([`Host::load`]) and called in a fresh
//! store each time ([`GateSet`]). Whatever a guest does, a call ends in a report or in one of the kinds of gate failure.
//!
//! Read `component/load.rs`, `call/run.rs` and `call/imports.rs`, then `outside/http.rs`, the one way out; for recorded and
//! replayed calls `recording/` and `replay/`.

mod call;
mod component;
mod lock;
mod outside;
mod per_revision;
mod recording;
mod replay;

pub use call::ask::Ask;
pub use call::gate_set::{ConfiguredGate, GateSet, RecordingSink};
pub use call::sanitise::{is_invisible, printable, sanitise};
pub use call::trace::{CallTrace, CallTracer};
pub use component::compiled::in_process::InThisProcess;
pub use component::compiled::work::{BoundedWork, Bounds, Job, WorkError, WorkFuture};
pub use component::compiled::worker::work;
pub use component::describe::Description;
pub use component::engine::{HostError, Metering};
pub use component::gate::Gate;
pub use component::host::{Host, HostOptions};
pub use component::limits::{Limits, Usage};
pub use component::load::{LoadError, digest};
pub use component::problem::Problem;
pub use component::settings::list::ListedSetting;
pub use component::settings::mistake::{SettingsError, SettingsMistake, Step};
pub use component::settings::{SettingsSchema, complete};
pub use outside::egress::{
    HeaderCredential, HeaderCredentialError, OriginError, Origins, TokenFuture, TokenGrant,
    TokenSource, Webhook, WebhookError,
};
pub use outside::environment::{Readings, SlicesReading, StandingTraffic};
pub use outside::exchange::{ExchangeError, HttpResponse};
pub use outside::randomness::Seed;
pub use outside::secrets::{KnownSecrets, Secret, SecretError, Secrets};
pub use outside::services::{
    Count, Level, LogLine, LogSink, Services, Slice, SlicesFuture, TrafficSlices,
};
pub use per_revision::PerRevision;
pub use recording::{
    Attachments, Component, Exchange, NoAttachments, NotRecorded, Outcome, RECORDING_BYTES_MAX,
    RecordedCall, Recording, RecordingError,
};
pub use replay::{Miss, Nearest, Repeats, ReplaySource, Replayed, RequestOrder, in_virtual_time};
