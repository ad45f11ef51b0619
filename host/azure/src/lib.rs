//! Azure Container Apps behind the [`rollout::ports::Platform`] port.
//!
//! Responsible for reading an app, for saying which of its revisions are stable and canary, and for
//! the one kind of write there is: the whole traffic array together with lockgate's lease. It
//! decides nothing about a rollout, prints nothing, and never sends a template, a secret or
//! `latestRevision`.
//!
//! Read in this order: [`App`] (the port), `resolve` (who is who), `tags` (the lease), `arm` (the
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
pub use arm::{ArmError, Connection, ConnectionError, Rejection, RetryPolicy};
pub use credential::{
    Choice, Credential, CredentialError, CredentialSource, DEFAULT_TOKEN_VARIABLE,
};
pub use deploy::{DeployError, Deployed, NewRevision, Pinned};
pub use endpoint::{AppId, Endpoint, EndpointError, Scheme};
pub use group::{Group, Listed};
pub use metrics::{Metrics, MetricsError, RequestCount};
pub use permissions::{Need, Permissions};
pub use resolve::{CanaryChoice, Reasons, Selection};
pub use retire::Retired;
pub use states::{Health, Mode, Provisioning, RevisionProvisioning, Running};
pub use status::{AppStatus, RevisionStatus};
pub use tags::TagError;
