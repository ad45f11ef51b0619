//! Tokens of Entra and of managed identities, fetched with `azure_identity`.
//!
//! A request that got no answer or a server error is sent again, twice at most. No error quotes a secret.

use std::time::Duration;

use azure_core::credentials::{Secret, TokenCredential};
use azure_core::error::{Error, ErrorKind};
use azure_identity::{
    AzurePipelinesCredential, AzurePipelinesCredentialOptions, ClientAssertion,
    ClientAssertionCredential, ClientAssertionCredentialOptions, ClientSecretCredential,
    ClientSecretCredentialOptions, ManagedIdentityCredential, ManagedIdentityCredentialOptions,
    UserAssignedId, WorkloadIdentityCredential, WorkloadIdentityCredentialOptions,
};
use serde::Deserialize;

use super::error::CredentialError;
use super::scope::TokenScope;
use super::token::Token;
use super::transport::options;
use super::variables::{needed, variable};

/// How often a request is sent again when it got no answer or a server error.
const REPEATS: u32 = 2;
/// The pause before the first repetition; doubled for the next.
const PAUSE: Duration = Duration::from_millis(500);

const CLIENT_ID_CURE: &str = "set it to the application's client id";
const TENANT_ID_CURE: &str = "set it to the tenant's id";

pub(super) fn client_id(credential: &'static str) -> Result<String, CredentialError> {
    needed(credential, "AZURE_CLIENT_ID", CLIENT_ID_CURE)
}

pub(super) fn tenant_id(credential: &'static str) -> Result<String, CredentialError> {
    needed(credential, "AZURE_TENANT_ID", TENANT_ID_CURE)
}

/// Exchanges an assertion that lockgate made itself for a token.
pub(super) async fn asserted<A: ClientAssertion + Clone + 'static>(
    name: &'static str,
    http: &reqwest::Client,
    scope: &TokenScope,
    assertion: A,
) -> Result<Token, CredentialError> {
    let (tenant, client) = (tenant_id(name)?, client_id(name)?);
    obtain(name, scope, || {
        let options = ClientAssertionCredentialOptions {
            client_options: options(http),
        };
        ClientAssertionCredential::new(
            tenant.clone(),
            client.clone(),
            assertion.clone(),
            Some(options),
        )
    })
    .await
}

pub(super) async fn workload_identity(
    http: &reqwest::Client,
    scope: &TokenScope,
) -> Result<Token, CredentialError> {
    let name = "workload-identity";
    let file = needed(
        name,
        "AZURE_FEDERATED_TOKEN_FILE",
        "set it to the assertion's file",
    )?;
    let (tenant, client) = (tenant_id(name)?, client_id(name)?);
    obtain(name, scope, || {
        WorkloadIdentityCredential::new(Some(WorkloadIdentityCredentialOptions {
            credential_options: ClientAssertionCredentialOptions {
                client_options: options(http),
            },
            tenant_id: Some(tenant.clone()),
            client_id: Some(client.clone()),
            token_file_path: Some(file.clone().into()),
        }))
    })
    .await
}

pub(super) async fn azure_pipelines(
    http: &reqwest::Client,
    scope: &TokenScope,
) -> Result<Token, CredentialError> {
    let name = "azure-pipelines";
    // For a service connection, the tasks of Azure Pipelines set the first variable of each pair.
    let either = |of_task: &str, usual: &'static str, cure| match variable(of_task) {
        Some(value) => Ok(value),
        None => needed(name, usual, cure),
    };
    let tenant = either(
        "AZURESUBSCRIPTION_TENANT_ID",
        "AZURE_TENANT_ID",
        TENANT_ID_CURE,
    )?;
    let client = either(
        "AZURESUBSCRIPTION_CLIENT_ID",
        "AZURE_CLIENT_ID",
        CLIENT_ID_CURE,
    )?;
    let connection = needed(
        name,
        "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID",
        "set it to the id of the service connection",
    )?;
    let access = needed(
        name,
        "SYSTEM_ACCESSTOKEN",
        "map it in the step: `env: {SYSTEM_ACCESSTOKEN: $(System.AccessToken)}`",
    )?;
    obtain(name, scope, || {
        let options = AzurePipelinesCredentialOptions {
            credential_options: ClientAssertionCredentialOptions {
                client_options: options(http),
            },
        };
        let secret = Secret::new(access.clone());
        AzurePipelinesCredential::new(
            tenant.clone(),
            client.clone(),
            &connection,
            secret,
            Some(options),
        )
    })
    .await
}

pub(super) async fn client_secret(
    http: &reqwest::Client,
    scope: &TokenScope,
) -> Result<Token, CredentialError> {
    let name = "client-secret";
    let secret = needed(
        name,
        "AZURE_CLIENT_SECRET",
        "set it to the application's secret",
    )?;
    let (tenant, client) = (tenant_id(name)?, client_id(name)?);
    obtain(name, scope, || {
        let options = ClientSecretCredentialOptions {
            client_options: options(http),
        };
        ClientSecretCredential::new(
            &tenant,
            client.clone(),
            Secret::new(secret.clone()),
            Some(options),
        )
    })
    .await
}

pub(super) async fn managed_identity(
    http: &reqwest::Client,
    scope: &TokenScope,
) -> Result<Token, CredentialError> {
    obtain("managed-identity", scope, || {
        ManagedIdentityCredential::new(Some(ManagedIdentityCredentialOptions {
            user_assigned_id: variable("AZURE_CLIENT_ID").map(UserAssignedId::ClientId),
            client_options: options(http),
        }))
    })
    .await
}

/// Fetches a token, and fetches it again after a failure that may pass. Each attempt uses a new credential.
async fn obtain<C: TokenCredential>(
    name: &'static str,
    scope: &TokenScope,
    make: impl Fn() -> azure_core::Result<std::sync::Arc<C>>,
) -> Result<Token, CredentialError> {
    let denied = |error: &Error| CredentialError::Denied {
        credential: name,
        reason: one_line(error),
    };
    let scope = scope.with_all_permissions();
    let mut pause = PAUSE;
    for _ in 0..REPEATS {
        let credential = make().map_err(|error| denied(&error))?;
        match credential.get_token(&[&scope], None).await {
            Ok(token) => return Ok(converted(&token)),
            Err(error) if may_pass(&error) => {}
            Err(error) => return Err(denied(&error)),
        }
        tokio::time::sleep(pause).await;
        pause *= 2;
    }
    let credential = make().map_err(|error| denied(&error))?;
    let token = credential.get_token(&[&scope], None).await;
    token
        .map(|token| converted(&token))
        .map_err(|error| denied(&error))
}

fn converted(token: &azure_core::credentials::AccessToken) -> Token {
    let expires = u64::try_from(token.expires_on.unix_timestamp()).ok();
    Token::new(token.token.secret().to_owned(), expires)
}

/// Returns whether the same request may succeed later: no answer, throttling or a server error.
fn may_pass(error: &Error) -> bool {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        match error.downcast_ref::<Error>().map(Error::kind) {
            Some(ErrorKind::Connection | ErrorKind::Io) => return true,
            Some(ErrorKind::HttpResponse { status, .. }) => {
                let status = u16::from(*status);
                return status == 429 || status >= 500;
            }
            _ => cause = error.source(),
        }
    }
    false
}

/// Returns the error and its causes in one line, without the library's advice for programmers.
fn one_line(error: &Error) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        let text = error.to_string();
        let text = text.split("\nTo troubleshoot").next().unwrap_or_default();
        let line: String = text
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        let line = line.trim().chars().take(400).collect::<String>();
        // The text of an error often begins its cause's text; it is shown once.
        let beginning: String = line.chars().take(60).collect();
        if !line.is_empty() && !parts.iter().any(|part| part.contains(&beginning)) {
            parts.push(line);
        }
        cause = error.source();
    }
    // Of a managed identity the library keeps to itself what the service says.
    if let Some(said) = refusal(error)
        && !parts.iter().any(|part| part.contains(&said))
    {
        parts.push(said);
    }
    parts.join(": ")
}

/// Returns what the service says about a request that it refuses, in one line.
fn refusal(error: &Error) -> Option<String> {
    #[derive(Deserialize)]
    struct Refusal {
        /// Of Entra and of the metadata service.
        error_description: Option<String>,
        /// Of App Service.
        message: Option<String>,
    }
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(ErrorKind::HttpResponse {
            raw_response: Some(response),
            ..
        }) = error.downcast_ref::<Error>().map(Error::kind)
        {
            let refusal: Refusal = serde_json::from_slice(response.body()).ok()?;
            let said = refusal.error_description.or(refusal.message)?;
            let line = said.split(" Trace ID:").next().unwrap_or_default();
            let line = line.chars().filter(|c| !c.is_control()).take(400);
            return Some(line.collect());
        }
        cause = error.source();
    }
    None
}
