//! From a checked configuration to the parts of a run: gates loaded and checked, the plan made once their kinds are
//! known, the platform connected. Reads nothing of the app: an error here ends a run before it begins (I-6).
//!
//! Read `parts` first: it puts the others together.

mod gates;
mod host;
mod loader;
mod parts;
mod plan;
pub(crate) mod plugins;
mod secrets;
mod webhooks;

pub(crate) use gates::{
    BETWEEN_PROBLEMS, GatesNotHere, ReadyGate, asked_gates, gate_set, load_gate, load_gate_offline,
    secrets_of,
};
pub(crate) use host::{default_cache, keeping_loader, loader, metered_loader, services};
pub(crate) use loader::Loader;
pub(crate) use parts::{LoadedGates, RolloutParts, load_gates_of, rollout_parts};
pub(crate) use plan::plan_of_a_restore;
pub(crate) use plugins::Reach;
pub(crate) use webhooks::{subscriptions, usable_subscriptions};
