//! The kinds of credential, and how each gets a token.
//!
//! Each call fetches a new token; `cache` decides when to call. Each fetch makes a new credential of
//! `azure_identity`, because that library's own cache returns an error while the old token still works.

use super::certificate::Certificate;
use super::error::CredentialError;
use super::github::GithubOidc;
use super::scope::TokenScope;
use super::token::{DEFAULT_TOKEN_VARIABLE, Token, expiry_of};
use super::{az, entra};

/// Where tokens come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// Requests carry no token. For an emulator.
    Anonymous,
    /// A token in an environment variable. It cannot be renewed.
    Variable {
        /// The variable's name.
        name: String,
    },
    /// The file in which Kubernetes, GitLab or another platform keeps an assertion
    /// (`AZURE_FEDERATED_TOKEN_FILE`). It is read again for each token.
    WorkloadIdentity,
    /// GitHub Actions with `id-token: write`. Each token takes a new assertion.
    GithubOidc,
    /// A service connection of Azure Pipelines with workload identity federation.
    AzurePipelines,
    /// An application's certificate with its key (`AZURE_CLIENT_CERTIFICATE_PATH`, PEM).
    ClientCertificate,
    /// An application's secret (`AZURE_CLIENT_SECRET`).
    ClientSecret,
    /// The identity of the machine: the App Service protocol where `IDENTITY_ENDPOINT` is set, otherwise the
    /// metadata service of a virtual machine.
    ManagedIdentity,
    /// The current login of the Azure command line.
    AzCli {
        /// The program, looked up on `PATH`.
        program: String,
    },
}

impl Credential {
    /// Returns the credential for the token in `LOCKGATE_ARM_TOKEN`.
    pub fn variable() -> Credential {
        Credential::Variable {
            name: DEFAULT_TOKEN_VARIABLE.to_owned(),
        }
    }

    /// Returns the login of `az`.
    pub fn az_cli() -> Credential {
        // On Windows `az` is a batch file, which is only found by its full name.
        let program = if cfg!(windows) { "az.cmd" } else { "az" };
        Credential::AzCli {
            program: program.to_owned(),
        }
    }

    /// Returns whether a new token can be fetched once the current one has expired.
    pub fn can_renew(&self) -> bool {
        !matches!(self, Credential::Anonymous | Credential::Variable { .. })
    }

    /// Fetches a new token for this scope; `None` for [`Credential::Anonymous`]. The token of a variable is what it is.
    pub(super) async fn fetch(
        &self,
        http: &reqwest::Client,
        scope: &TokenScope,
    ) -> Result<Option<Token>, CredentialError> {
        let token = match self {
            Credential::Anonymous => return Ok(None),
            Credential::Variable { name } => {
                let value = std::env::var_os(name).map(|v| v.to_string_lossy().into_owned());
                token_in_variable(name, value)?
            }
            Credential::WorkloadIdentity => entra::workload_identity(http, scope).await?,
            Credential::GithubOidc => {
                entra::asserted("github-oidc", http, scope, GithubOidc::new(http)?).await?
            }
            Credential::AzurePipelines => entra::azure_pipelines(http, scope).await?,
            Credential::ClientCertificate => {
                entra::asserted("client-certificate", http, scope, Certificate::new()?).await?
            }
            Credential::ClientSecret => entra::client_secret(http, scope).await?,
            Credential::ManagedIdentity => entra::managed_identity(http, scope).await?,
            Credential::AzCli { program } => az::token(program, scope).await?,
        };
        Ok(Some(token))
    }
}

/// Returns the token that is a variable's value, without the spaces around it.
pub(super) fn token_in_variable(
    name: &str,
    value: Option<String>,
) -> Result<Token, CredentialError> {
    let name = name.to_owned();
    // A token that was written with `echo` ends in a line break.
    let secret = value.unwrap_or_default().trim().to_owned();
    if secret.is_empty() {
        return Err(CredentialError::NotSet { name });
    }
    if !secret.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(CredentialError::NotAToken { name });
    }
    let expires = expiry_of(&secret);
    Ok(Token::new(secret, expires))
}
