//! Which secrets there are: those that the configuration names for gates, and those that lockgate itself signs in with.

use std::sync::Arc;

use anyhow::Context as _;
use gates::{Credential, Secret, Secrets};

use crate::config::{GateConfig, HeaderRule};

/// The variables that lockgate itself signs in with. A gate sees none of them, and what it finds of them elsewhere goes
/// nowhere.
const OWN: [&str; 5] = [
    "LOCKGATE_ARM_TOKEN",
    "AZURE_CLIENT_SECRET",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    "SYSTEM_ACCESSTOKEN",
    "IDENTITY_HEADER",
];

/// Returns what is added to the requests of a gate.
///
/// # Errors
/// When a variable is not set, or a secret may not be sent there.
pub(crate) fn credentials(config: &GateConfig) -> anyhow::Result<Vec<Credential>> {
    let rules = config.headers.iter().map(credential);
    let credentials: anyhow::Result<Vec<Credential>> = rules.collect();
    credentials.with_context(|| format!("gates.{}.allow", config.name))
}

fn credential(rule: &HeaderRule) -> anyhow::Result<Credential> {
    let HeaderRule {
        origin,
        field,
        prefix,
        variable,
    } = rule;
    let value = std::env::var(variable)
        .ok()
        .filter(|value| !value.is_empty());
    let value = value.with_context(|| {
        format!("environment variable {variable} is not set; header {field} for {origin} takes its value")
    })?;
    let secret = Secret::new(variable, &value)?;
    Ok(Credential::new(origin, field, prefix, secret)?)
}

/// Returns all that may be seen nowhere, with the patterns of one gate. `token` is the variable that holds the token for
/// the platform, where it is not the usual one.
///
/// # Errors
/// When a pattern is not one.
pub(crate) fn all(
    credentials: &[Credential],
    config: &GateConfig,
    token: Option<&str>,
) -> anyhow::Result<Arc<Secrets>> {
    let own = OWN.into_iter().chain(token).filter_map(|name| {
        let value = std::env::var(name).ok()?;
        Secret::new(name, &value).ok()
    });
    let named = credentials
        .iter()
        .map(|credential| credential.secret().clone());
    let secrets: Vec<Secret> = own.chain(named).collect();
    let secrets = Secrets::new(&secrets, &config.redact);
    let secrets = secrets.with_context(|| format!("gates.{}.redact", config.name))?;
    Ok(Arc::new(secrets))
}
