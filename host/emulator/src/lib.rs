//! An emulator of Azure Container Apps: the control plane (ARM's paths for container apps) and a
//! data plane that really splits traffic. For demonstrations and tests; never for production.
//!
//! Bottom up: `http` reads calls and writes replies · `scenario` describes the start, and `world`
//! holds the state and its transitions, without sockets · `shared` is what all listeners share ·
//! `control`, `data`, `identity` and `admin` answer calls, and never import each other · `dispatch`
//! and `serve` route to them · `handle` is the API of a program that embeds the emulator.

mod admin;
mod control;
mod data;
mod dispatch;
mod handle;
mod http;
mod identity;
mod ids;
mod refusal;
mod scenario;
mod serve;
mod shared;
mod tls;
mod world;

pub use handle::{AppHosts, ChangeError, Emulator, Options, RevisionHost, StartError, WorldHandle};
pub use scenario::{
    AppScenario, Behaviour, CallPattern, Effect, Fault, IdentityScenario, MetricsScenario,
    OperationScenario, RevisionChoice, RevisionScenario, Scenario, TrafficScenario,
};
pub use tls::TlsError;
pub use world::ScenarioError;
pub use world::served::{Served, ServedCounts};

#[cfg(test)]
mod tests;
