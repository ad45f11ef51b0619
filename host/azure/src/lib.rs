//! Azure Container Apps behind the [`rollout::ports::Platform`] port.
//!
//! Reads an app, finds its stable revision and its canary, and writes the whole traffic array together with
//! lockgate's lease. `deploy` and `retire` create, pin and deactivate revisions,
//! `forget` takes notes away. Decides nothing about a rollout,
//! prints nothing, and never writes a secret or `latestRevision`; only `deploy` writes a template.
//!
//! Read in this order: [`App`] (the port), `resolve` (stable and canary), `tags` (the lease), `arm` (requests),
//! `credential` (tokens), `metrics` (request counts).

mod app;
mod arm;
mod commands;
mod credential;
mod deploy;
mod endpoint;
mod forget;
mod group;
mod metrics;
mod permissions;
mod readiness;
mod registry;
mod resolve;
mod retire;
mod states;
mod status;
mod tags;
mod time;
mod wire;

#[cfg(test)]
mod scripted;

pub use app::App;
pub use arm::{ArmError, Connection, ConnectionError, Rejection, RetryPolicy};
pub use credential::{
    AccessToken, AzureService, Choice, Credential, CredentialError, CredentialSource,
    DEFAULT_TOKEN_VARIABLE, ScopedTokens, TokenOriginError, TokenScope, TokenScopeError,
    secret_variables, service_at,
};
pub use deploy::{
    DeployError, Deployed, EnvValue, Existing, NewRevision, Pinned, TemplateChanges, Thousandths,
};
pub use endpoint::{AppId, Endpoint, EndpointError, Scheme};
pub use group::{Group, ListedApp};
pub use metrics::{Metrics, MetricsError, RequestCount, Slice};
pub use permissions::{Need, Permissions};
pub use registry::{RegistryToken, RegistryTokenError, is_registry, registry_token};
pub use resolve::{
    Aspect, CanaryChoice, Examination, ImageChoice, Obstacle, Reasons, Selection, Undoing, examine,
    find_undo,
};
pub use retire::Retired;
pub use states::{Health, Mode, Provisioning, RevisionProvisioning, Running};
pub use status::{AppStatus, RevisionStatus, RevisionTemplate};
pub use tags::TagError;
