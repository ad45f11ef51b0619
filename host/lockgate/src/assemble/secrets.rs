//! The secrets of a run: those that the configuration names for gates, and those with which lockgate signs in.
//!
//! Which variables lockgate signs in with is known to `azure` alone.

use std::sync::Arc;

use anyhow::Context as _;
use gates::{HeaderCredential, Secret, Secrets};

use crate::config::{GateConfig, HeaderRule};
use crate::{environment, platform};

/// Returns the header values that are added to the requests of a gate.
///
/// # Errors
/// When a variable is not set, or a secret may not be sent to that origin.
pub(crate) fn credentials(config: &GateConfig) -> anyhow::Result<Vec<HeaderCredential>> {
    let rules = config.headers.iter().map(credential);
    let credentials: anyhow::Result<Vec<HeaderCredential>> = rules.collect();
    Ok(credentials.map_err(|error| config.mistake("allow", format!("{error:#}")))?)
}

fn credential(rule: &HeaderRule) -> anyhow::Result<HeaderCredential> {
    let HeaderRule {
        origin,
        field,
        prefix,
        variable,
    } = rule;
    let value = environment::text(variable);
    let value = value.with_context(|| {
        format!("environment variable {variable} is not set; header {field} for {origin} takes its value")
    })?;
    let secret = Secret::new(variable, &value)?;
    Ok(HeaderCredential::new(origin, field, prefix, secret)?)
}

/// Returns every value that is masked in the output and the recordings of one gate, with the gate's own patterns.
/// `token_variable` is the variable that the configuration names for the platform's token.
///
/// # Errors
/// When a pattern is not a valid regular expression.
pub(crate) fn all(
    credentials: &[HeaderCredential],
    config: &GateConfig,
    token_variable: Option<&str>,
) -> anyhow::Result<Arc<Secrets>> {
    let variables = platform::secret_variables()
        .into_iter()
        .chain(token_variable);
    let own = variables.filter_map(|name| {
        let value = environment::text(name)?;
        Secret::new(name, &value).ok()
    });
    let named = credentials
        .iter()
        .map(|credential| credential.secret().clone());
    let secrets: Vec<Secret> = own.chain(named).collect();
    let secrets = Secrets::new(&secrets, &config.redact);
    let secrets = secrets.map_err(|error| config.mistake("redact", error.to_string()))?;
    Ok(Arc::new(secrets))
}
