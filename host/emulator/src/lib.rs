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
mod document;
mod faults;
mod handle;
mod identity;
mod merge;
mod metered;
mod refusal;
mod scenario;
mod serve;
mod served;
mod tls;
mod traffic;
mod world;

pub use faults::{Calls, Effect, Fault};
pub use handle::{ChangeError, Emulator, Hosts, Options, StartError, State};
pub use scenario::{
    AppScenario, Behaviour, Choice, IdentityScenario, MetricsScenario, OperationScenario,
    RevisionScenario, Scenario, TrafficScenario,
};
pub use served::{Counts, Served};
pub use tls::TlsError;
pub use world::ScenarioError;

#[cfg(test)]
mod tests;
