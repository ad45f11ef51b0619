//! An emulator of Azure Container Apps: the control plane (ARM's paths for container apps) and a
//! data plane that really splits traffic. For demonstrations and tests; never for production.
//!
//! `scenario` says how the world starts · `world` holds it and its transitions, without sockets ·
//! `document`, `merge`, `traffic` and `refusal` are its JSON · `control` and `data` are the two
//! planes on the wire, `serve` their listeners, `tls` the certificates · `identity` says who calls ·
//! `faults` goes wrong on purpose · `admin` looks inside · `handle` is what a program holds.

mod admin;
mod control;
mod data;
mod handle;
mod http;
mod identity;
mod refusal;
mod scenario;
mod serve;
mod tls;
mod world;

pub use handle::{ChangeError, Emulator, Hosts, Options, StartError, State};
pub use scenario::{
    AppScenario, Behaviour, Choice, IdentityScenario, MetricsScenario, OperationScenario,
    RevisionScenario, Scenario, TrafficScenario,
};
pub use tls::TlsError;
pub use world::ScenarioError;
pub use world::faults::{Calls, Effect, Fault};
pub use world::served::{Counts, Served};

#[cfg(test)]
mod tests;
