//! The platform as the commands see it: Azure Container Apps, or an emulator of it.
//!
//! Responsible for everything that names the `azure` crate; no other folder of the executable does. Decides nothing
//! about traffic and prints nothing. Read `administration` first (what commands may ask for), then `app` (who does
//! it), `connect` (how an app is reached), `probe` (what the preflight reads), `registry` (the identity at a
//! registry) and `tokens` (the tokens of gates).

mod administration;
mod app;
mod connect;
mod probe;
mod registry;
mod tokens;
mod traffic;
mod values;

pub(crate) mod defaults;

pub(crate) use administration::{Administration, Deployment};
pub(crate) use app::App;
pub(crate) use connect::{app, group};
pub(crate) use probe::{Examined, Identity, TokenLife};
pub(crate) use registry::RegistryTokens;
pub(crate) use tokens::GateTokens;
pub(crate) use traffic::PlatformSlices;
pub(crate) use values::{
    AppDescription, AppId, Aspect, DeployError, Deployed, EnvValue, Existing, ImageChoice, Need,
    NewRevision, Permissions, Retired, RevisionChoice, RevisionStatus, Running, TagError,
    TemplateChanges, Thousandths, TokenScope, secret_variables,
};
#[cfg(test)]
pub(crate) use values::{Mode, Obstacle, Provisioning, Reasons};
