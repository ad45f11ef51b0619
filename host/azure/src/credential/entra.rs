//! Tokens of Entra and of managed identities, by `azure_identity`.

use std::time::Duration;

use azure_core::credentials::{Secret, TokenCredential};
use azure_core::error::{Error, ErrorKind};
use azure_identity::{
    AzurePipelinesCredential, AzurePipelinesCredentialOptions, ClientAssertion,
    ClientAssertionCredential, ClientAssertionCredentialOptions, ClientSecretCredential,
    ClientSecretCredentialOptions, ManagedIdentityCredential, ManagedIdentityCredentialOptions,
    UserAssignedId, WorkloadIdentityCredential, WorkloadIdentityCredentialOptions,
};

use super::transport::options;
use super::{CredentialError, Token, needed, variable};

/// What a token of the public cloud is for.
const SCOPE: &str = "https://management.azure.com/.default";
/// How often a token is asked for again when nobody answered or the service failed.
const REPEATS: u32 = 2;
const PAUSE: Duration = Duration::from_millis(500);

const APPLICATION: &str = "set it to the application's client id";
const TENANT: &str = "set it to the tenant's id";

pub(super) fn client_id(credential: &'static str) -> Result<String, CredentialError> {
    needed(credential, "AZURE_CLIENT_ID", APPLICATION)
}

pub(super) fn tenant_id(credential: &'static str) -> Result<String, CredentialError> {
    needed(credential, "AZURE_TENANT_ID", TENANT)
}

/// Exchanges assertions of our own making.
pub(super) async fn asserted<A: ClientAssertion + Clone + 'static>(
    name: &'static str,
    http: &reqwest::Client,
    assertion: A,
) -> Result<Token, CredentialError> {
    let (tenant, client) = (tenant_id(name)?, client_id(name)?);
    obtain(name, || {
        let given = ClientAssertionCredentialOptions {
            client_options: options(http),
        };
        ClientAssertionCredential::new(
            tenant.clone(),
            client.clone(),
            assertion.clone(),
            Some(given),
        )
    })
    .await
}

pub(super) async fn workload_identity(http: &reqwest::Client) -> Result<Token, CredentialError> {
    let name = "workload-identity";
    let file = needed(
        name,
        "AZURE_FEDERATED_TOKEN_FILE",
        "set it to the assertion's file",
    )?;
    let (tenant, client) = (tenant_id(name)?, client_id(name)?);
    obtain(name, || {
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

pub(super) async fn azure_pipelines(http: &reqwest::Client) -> Result<Token, CredentialError> {
    let name = "azure-pipelines";
    // The tasks of Azure Pipelines set the first of each pair for a service connection.
    let either = |task: &str, own: &'static str, cure| match variable(task) {
        Some(value) => Ok(value),
        None => needed(name, own, cure),
    };
    let tenant = either("AZURESUBSCRIPTION_TENANT_ID", "AZURE_TENANT_ID", TENANT)?;
    let client = either(
        "AZURESUBSCRIPTION_CLIENT_ID",
        "AZURE_CLIENT_ID",
        APPLICATION,
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
    obtain(name, || {
        let given = AzurePipelinesCredentialOptions {
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
            Some(given),
        )
    })
    .await
}

pub(super) async fn client_secret(http: &reqwest::Client) -> Result<Token, CredentialError> {
    let name = "client-secret";
    let secret = needed(
        name,
        "AZURE_CLIENT_SECRET",
        "set it to the application's secret",
    )?;
    let (tenant, client) = (tenant_id(name)?, client_id(name)?);
    obtain(name, || {
        let given = ClientSecretCredentialOptions {
            client_options: options(http),
        };
        ClientSecretCredential::new(
            &tenant,
            client.clone(),
            Secret::new(secret.clone()),
            Some(given),
        )
    })
    .await
}

pub(super) async fn managed_identity(http: &reqwest::Client) -> Result<Token, CredentialError> {
    obtain("managed-identity", || {
        ManagedIdentityCredential::new(Some(ManagedIdentityCredentialOptions {
            user_assigned_id: variable("AZURE_CLIENT_ID").map(UserAssignedId::ClientId),
            client_options: options(http),
        }))
    })
    .await
}

/// Makes a credential and asks it once; again, with a new one, where that may help.
async fn obtain<C: TokenCredential>(
    name: &'static str,
    make: impl Fn() -> azure_core::Result<std::sync::Arc<C>>,
) -> Result<Token, CredentialError> {
    let denied = |error: &Error| CredentialError::Denied {
        credential: name,
        reason: told(error),
    };
    let mut pause = PAUSE;
    for _ in 0..REPEATS {
        let credential = make().map_err(|error| denied(&error))?;
        match credential.get_token(&[SCOPE], None).await {
            Ok(token) => return Ok(kept(&token)),
            Err(error) if is_passing(&error) => {}
            Err(error) => return Err(denied(&error)),
        }
        tokio::time::sleep(pause).await;
        pause *= 2;
    }
    let credential = make().map_err(|error| denied(&error))?;
    let token = credential.get_token(&[SCOPE], None).await;
    token
        .map(|token| kept(&token))
        .map_err(|error| denied(&error))
}

fn kept(token: &azure_core::credentials::AccessToken) -> Token {
    let expires = u64::try_from(token.expires_on.unix_timestamp()).ok();
    Token::new(token.token.secret().to_owned(), expires)
}

fn is_passing(error: &Error) -> bool {
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

/// Returns what was said, in one line and without the library's advice, which is for programmers.
fn told(error: &Error) -> String {
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
        // A cause repeats what its error has said already, and more of it.
        let beginning: String = line.chars().take(60).collect();
        if !line.is_empty() && !parts.iter().any(|part| part.contains(&beginning)) {
            parts.push(line);
        }
        cause = error.source();
    }
    parts.join(": ")
}
