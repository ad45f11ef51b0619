//! Bearer tokens: where they come from, and how long they are kept.
//!
//! The exchange of secrets and assertions for tokens is `azure_identity`'s, over our own HTTP client
//! (`entra`, `transport`). Ours are what it does not do: GitHub's assertions (`github`), a
//! certificate without OpenSSL (`certificate`), the choice among them (`chain`), and keeping tokens
//! so that a working one is never thrown away (`source`). A new credential of `azure_identity` is
//! made for each token, because its own cache returns an error while the old token still works.
//! A token is never printed, logged or put into an error.

mod az;
mod certificate;
mod chain;
mod entra;
mod error;
mod github;
mod source;
mod token;
mod transport;

use std::time::{SystemTime, UNIX_EPOCH};

pub use chain::{Choice, CredentialSource};
pub use error::CredentialError;
pub(crate) use source::{TokenSource, Use};
pub(crate) use token::Token;

/// The environment variable that holds a token unless another is named.
pub const DEFAULT_TOKEN_VARIABLE: &str = "LOCKGATE_ARM_TOKEN";

/// Where tokens come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// Nowhere: requests carry no token. For an emulator.
    Anonymous,
    /// An environment variable. A new token cannot be had.
    Variable {
        /// The variable's name.
        name: String,
    },
    /// The file that Kubernetes, GitLab or another platform keeps an assertion in
    /// (`AZURE_FEDERATED_TOKEN_FILE`), read anew for each token.
    WorkloadIdentity,
    /// GitHub Actions with `id-token: write`; a fresh assertion for each token.
    GithubOidc,
    /// A service connection of Azure Pipelines with workload identity federation.
    AzurePipelines,
    /// An application's certificate with its key (`AZURE_CLIENT_CERTIFICATE_PATH`, PEM).
    ClientCertificate,
    /// An application's secret (`AZURE_CLIENT_SECRET`).
    ClientSecret,
    /// The identity of the machine: the App Service protocol where `IDENTITY_ENDPOINT` is set, else
    /// the metadata service of a virtual machine.
    ManagedIdentity,
    /// The Azure command line, with whatever login it has.
    AzCli {
        /// The program, looked up on `PATH`.
        program: String,
        /// What the token is for, as `az account get-access-token --resource` takes it.
        resource: String,
    },
}

impl Credential {
    /// Returns the token in `LOCKGATE_ARM_TOKEN`.
    pub fn variable() -> Credential {
        Credential::Variable {
            name: DEFAULT_TOKEN_VARIABLE.to_owned(),
        }
    }

    /// Returns the login of `az`, for the public cloud.
    pub fn az_cli() -> Credential {
        // On Windows `az` is a batch file, which is only found by its full name.
        let program = if cfg!(windows) { "az.cmd" } else { "az" };
        Credential::AzCli {
            program: program.to_owned(),
            resource: "https://management.azure.com/".to_owned(),
        }
    }

    /// Returns whether a fresh token can be had when this one has run out.
    pub fn can_renew(&self) -> bool {
        !matches!(self, Credential::Anonymous | Credential::Variable { .. })
    }

    async fn fetch(&self, http: &reqwest::Client) -> Result<Option<Token>, CredentialError> {
        let token = match self {
            Credential::Anonymous => return Ok(None),
            Credential::Variable { name } => {
                let value = std::env::var_os(name).map(|v| v.to_string_lossy().into_owned());
                token_in_variable(name, value)?
            }
            Credential::WorkloadIdentity => entra::workload_identity(http).await?,
            Credential::GithubOidc => {
                entra::asserted("github-oidc", http, github::Github::new(http)?).await?
            }
            Credential::AzurePipelines => entra::azure_pipelines(http).await?,
            Credential::ClientCertificate => {
                entra::asserted("client-certificate", http, certificate::Certificate::new()?)
                    .await?
            }
            Credential::ClientSecret => entra::client_secret(http).await?,
            Credential::ManagedIdentity => entra::managed_identity(http).await?,
            Credential::AzCli { program, resource } => az::token(program, resource).await?,
        };
        Ok(Some(token))
    }
}

fn token_in_variable(name: &str, value: Option<String>) -> Result<Token, CredentialError> {
    let name = name.to_owned();
    // A token that was written with `echo` ends in a line break.
    let secret = value.unwrap_or_default().trim().to_owned();
    if secret.is_empty() {
        return Err(CredentialError::NotSet { name });
    }
    if !secret.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(CredentialError::NotAToken { name });
    }
    let expires = token::expiry_of(&secret);
    Ok(Token::new(secret, expires))
}

/// Returns a variable that is set and not empty.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Returns a variable that a credential cannot do without.
fn needed(
    credential: &'static str,
    variable: &'static str,
    cure: &'static str,
) -> Result<String, CredentialError> {
    self::variable(variable).ok_or(CredentialError::Incomplete {
        credential,
        variable,
        cure,
    })
}

/// Returns the seconds since 1970.
pub(crate) fn unix_now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests;
