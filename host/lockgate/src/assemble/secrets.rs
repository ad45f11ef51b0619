//! The secrets of a run: those that the configuration names for gates, and those with which lockgate signs in. Tokens that are
//! minted for requests of gates join them.
//!
//! Which variables lockgate signs in with is known to `azure` alone.

use std::sync::Arc;

use anyhow::Context as _;
use gates::{HeaderCredential, KnownSecrets, Secret, Secrets};

use crate::config::{AzureSection, GateConfig, HeaderRule, HeaderValue};
use crate::platform::GateTokens;
use crate::{environment, platform};

/// Returns lockgate's own credential where a gate wants tokens of it.
///
/// # Errors
/// When the endpoint or the credential that `azure` names cannot be used.
pub(crate) fn tokens(
    configs: &[GateConfig],
    azure: &AzureSection,
) -> anyhow::Result<Option<Arc<GateTokens>>> {
    let mut rules = configs.iter().flat_map(|config| &config.headers);
    if rules.all(|rule| rule.scope().is_none()) {
        return Ok(None);
    }
    Ok(Some(Arc::new(GateTokens::new(azure)?)))
}

/// Returns the header values that are added to the requests of a gate. `tokens` mints those that are tokens.
///
/// # Errors
/// When a variable is not set, or a secret or a token may not be sent to that origin.
pub(crate) fn credentials(
    config: &GateConfig,
    tokens: Option<&Arc<GateTokens>>,
) -> anyhow::Result<Vec<HeaderCredential>> {
    let credential = |rule: &HeaderRule| {
        let credential = credential(rule, tokens);
        credential.map_err(|error| config.mistake(&rule.key, format!("{error:#}")).into())
    };
    config.headers.iter().map(credential).collect()
}

/// Returns the header value of one rule.
///
/// # Errors
/// As for [`credentials`].
pub(super) fn credential(
    rule: &HeaderRule,
    tokens: Option<&Arc<GateTokens>>,
) -> anyhow::Result<HeaderCredential> {
    let HeaderRule { origin, field, .. } = rule;
    match &rule.value {
        HeaderValue::Variable { prefix, name } => {
            let value = environment::text(name).with_context(|| {
                format!(
                    "environment variable {name} is not set; header {field} for {origin} takes its value"
                )
            })?;
            let secret = Secret::new(name, &value)?;
            Ok(HeaderCredential::new(origin, field, prefix, secret)?)
        }
        HeaderValue::Token(scope) => {
            let tokens = tokens.context("the credential for it is not prepared")?;
            let grant = tokens.grant(origin, scope)?;
            Ok(HeaderCredential::with_token(origin, grant)?)
        }
    }
}

/// Returns every value that is masked for the gates of a run. `token_variable` is the variable that the configuration names
/// for the platform's token.
///
/// # Errors
/// When they are too large to be searched for.
pub(crate) fn known(
    credentials: &[HeaderCredential],
    token_variable: Option<&str>,
) -> anyhow::Result<KnownSecrets> {
    let variables = platform::secret_variables()
        .into_iter()
        .chain(token_variable);
    let own = variables.filter_map(|name| {
        let value = environment::text(name)?;
        Secret::new(name, &value).ok()
    });
    let named = credentials
        .iter()
        .filter_map(|credential| credential.secret().cloned());
    Ok(KnownSecrets::new(own.chain(named).collect())?)
}

/// Returns what is masked in the output and the recordings of one gate: the secrets of the run, and the gate's own patterns.
///
/// # Errors
/// When a pattern is not a valid regular expression.
pub(crate) fn of_gate(known: &KnownSecrets, config: &GateConfig) -> anyhow::Result<Arc<Secrets>> {
    let secrets = Secrets::of(known.clone(), &config.redact);
    let secrets = secrets.map_err(|error| config.mistake("redact", error.to_string()))?;
    Ok(Arc::new(secrets))
}
