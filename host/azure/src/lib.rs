//! Azure Container Apps behind the [`rollout::ports::Platform`] port.
//!
//! Responsible for reading an app, for saying which of its revisions are stable and canary, and for
//! the one kind of write there is: the whole traffic array together with lockgate's record. It
//! decides nothing about a rollout, prints nothing, and never sends a template, a secret or
//! `latestRevision`.
//!
//! Read in this order: [`App`] (the port), `resolve` (who is who), `tags` (the record), `arm` (the
//! wire), `metrics` (what the platform counted).

mod app;
mod arm;
mod credential;
mod deploy;
mod endpoint;
mod group;
mod metrics;
mod permissions;
mod readiness;
mod resolve;
mod retire;
mod states;
mod status;
mod tags;
mod wire;

#[cfg(test)]
mod scripted;

pub use app::App;
pub use arm::{ArmError, Connection, ConnectionError, Patience, Rejection};
pub use credential::{Choice, Credential, CredentialError, DEFAULT_TOKEN_VARIABLE, Way};
pub use deploy::{DeployError, Deployed, Order, Pinned};
pub use endpoint::{AppId, Endpoint, EndpointError, Scheme};
pub use group::{Group, Listed};
pub use metrics::{Metrics, MetricsError, RequestCount};
pub use permissions::{Need, Permissions};
pub use resolve::{CanaryChoice, Reasons, Selection};
pub use retire::Retired;
pub use states::{Health, Mode, Provisioning, RevisionProvisioning, Running};
pub use status::{AppStatus, RevisionStatus};
pub use tags::TagError;
