//! From a configuration to an app or a resource group: endpoint, credential and retries. Sends no request.

use std::sync::Arc;

use anyhow::Context as _;
use rollout::Timing;

use super::app::App;
use super::defaults;
use crate::config::{AzureSection, ResourceGroup, RevisionScheme, Target};

/// Prepares access to the configured app. Sends nothing.
///
/// # Errors
/// When the endpoint is not a URL, or the credential that the configuration names does not exist.
pub(crate) fn app(target: &Target) -> anyhow::Result<App> {
    let wanted = &target.revisions;
    let selection = azure::Selection {
        stable: wanted.stable.clone(),
        canary: match (&wanted.canary, &wanted.image) {
            (Some(name), _) => Some(azure::CanaryChoice::Revision(name.clone())),
            (None, Some(image)) => Some(azure::CanaryChoice::Image(image.clone())),
            (None, None) => None,
        },
        again: wanted.again,
        labels: wanted.labels.clone(),
    };
    let endpoint = endpoint(&target.azure)?;
    let credential = credential(&target.azure, &endpoint)?;
    let policy = retry_policy(&target.timing);
    let connection = azure::Connection::new(endpoint, credential.credential.clone(), policy)?;
    let app = azure::App::new(connection, target.app.clone(), selection.clone());
    Ok(App {
        azure: Arc::new(app),
        credential,
        selection,
    })
}

/// Prepares access to the apps of the configured resource group. Sends nothing.
///
/// # Errors
/// As for one app, and when subscription or resource group are not names that Azure allows.
pub(crate) fn group(wanted: &ResourceGroup) -> anyhow::Result<azure::Group> {
    let endpoint = endpoint(&wanted.azure)?;
    let credential = credential(&wanted.azure, &endpoint)?.credential;
    let policy = azure::RetryPolicy::default();
    let connection = azure::Connection::new(endpoint, credential, policy)?;
    Ok(azure::Group::new(
        connection,
        &wanted.subscription,
        &wanted.name,
    )?)
}

pub(super) fn endpoint(section: &AzureSection) -> anyhow::Result<azure::Endpoint> {
    let base = section.endpoint.as_deref().unwrap_or(defaults::ENDPOINT);
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
    Ok(endpoint)
}

pub(super) fn credential(
    section: &AzureSection,
    endpoint: &azure::Endpoint,
) -> anyhow::Result<azure::Choice> {
    let (name, variable) = (section.credential.as_deref(), section.token_env.as_deref());
    azure::Choice::new(name, variable, endpoint).context("azure.credential")
}

/// Follows an operation of the platform for as long as the plan allows for a change.
fn retry_policy(timing: &Timing) -> azure::RetryPolicy {
    let policy = azure::RetryPolicy::default();
    azure::RetryPolicy {
        operation_timeout: timing.verify_deadline,
        rollback_operation_timeout: policy
            .rollback_operation_timeout
            .min(timing.rollback_deadline / 2),
        ..policy
    }
}
