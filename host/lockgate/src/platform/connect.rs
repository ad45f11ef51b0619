//! The connection to Azure: endpoint, credential and retries of a configuration. Reads nothing of an app yet.

use anyhow::Context as _;
use rollout::Timing;

use crate::config::{self, AzureSection, File, Overrides, Resolved, RevisionScheme};

/// Connects the platform. Reads nothing yet.
///
/// # Errors
/// When the endpoint is not a URL or no credential is to be had for it.
pub(crate) fn app(resolved: &Resolved) -> anyhow::Result<azure::App> {
    let selection = azure::Selection {
        stable: resolved.stable.clone(),
        canary: match (&resolved.canary, &resolved.image) {
            (Some(name), _) => Some(azure::CanaryChoice::Revision(name.clone())),
            (None, Some(image)) => Some(azure::CanaryChoice::Image(image.clone())),
            (None, None) => None,
        },
    };
    let connection = connection(&resolved.azure, retry_policy(resolved.plan.timing()))?;
    Ok(azure::App::new(connection, resolved.app.clone(), selection))
}

/// Connects the platform for all apps of a resource group. Reads nothing yet.
///
/// # Errors
/// As for one app, and when subscription or resource group are not given.
pub(crate) fn group(file: &File, overrides: &Overrides) -> anyhow::Result<azure::Group> {
    let (subscription, name) = config::group(file, overrides)?;
    let section = config::azure(file, overrides);
    let connection = connection(&section, azure::RetryPolicy::default())?;
    Ok(azure::Group::new(connection, &subscription, &name)?)
}

/// The platform's operations are followed for as long as the plan has time for a change.
fn retry_policy(timing: &Timing) -> azure::RetryPolicy {
    let policy = azure::RetryPolicy::default();
    azure::RetryPolicy {
        operation: timing.verify_deadline,
        rollback_operation: policy.rollback_operation.min(timing.rollback_deadline / 2),
        ..policy
    }
}

fn connection(
    section: &AzureSection,
    policy: azure::RetryPolicy,
) -> anyhow::Result<azure::Connection> {
    let base = section
        .endpoint
        .as_deref()
        .unwrap_or(azure::Endpoint::DEFAULT_BASE);
    let mut endpoint = azure::Endpoint::new(base).context("azure.endpoint")?;
    if let Some(version) = &section.api_version {
        endpoint.api_version.clone_from(version);
    }
    endpoint.revision_scheme = match section.revision_scheme {
        Some(RevisionScheme::Https) => azure::Scheme::Https,
        Some(RevisionScheme::Http) => azure::Scheme::Http,
        None if endpoint.is_plain_loopback() => azure::Scheme::Http,
        None => azure::Scheme::Https,
    };
    let credential = choice(section, &endpoint)?.credential;
    Ok(azure::Connection::new(endpoint, credential, policy)?)
}

/// Says which credential is used, and why.
///
/// # Errors
/// When one is named that there is not.
pub(crate) fn choice(
    section: &AzureSection,
    endpoint: &azure::Endpoint,
) -> anyhow::Result<azure::Choice> {
    let (named, token) = (section.credential.as_deref(), section.token_env.as_deref());
    azure::Choice::new(named, token, endpoint).context("azure.credential")
}
