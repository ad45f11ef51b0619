//! The table of credentials, and which one is used: the one that the configuration names, or the first of the
//! table whose variables are set.
//!
//! The table also says which environment variables hold secrets; no other list of them exists.

use super::error::CredentialError;
use super::kind::Credential;
use super::token::DEFAULT_TOKEN_VARIABLE;
use super::variables::variable;
use crate::endpoint::Endpoint;

/// A row of the table of credentials.
#[derive(Debug, Clone, Copy)]
pub struct CredentialSource {
    /// The value of `azure.credential` that selects it.
    pub name: &'static str,
    /// The variables that must all be set before it is chosen without being named.
    pub variables: &'static [&'static str],
    /// The variables that it reads and whose values are secret. Names of files and ids are not secret.
    pub secrets: &'static [&'static str],
    make: fn() -> Credential,
    /// Sets of variables of which one says that somebody meant this way, whether it is complete or not.
    begun_by: &'static [&'static [&'static str]],
    /// What completes it.
    cure: &'static str,
}

/// Variables that runners of pipelines set to `true`.
const RUNNERS: [&str; 4] = ["GITHUB_ACTIONS", "TF_BUILD", "GITLAB_CI", "CI"];

/// The last row: it needs no variable, so the choice always ends here.
const AZ: CredentialSource = CredentialSource {
    name: "az",
    variables: &[],
    secrets: &[],
    make: Credential::az_cli,
    begun_by: &[],
    cure: "",
};

impl CredentialSource {
    /// Every credential that can be named, in the order in which they are tried. The token variable comes before
    /// all of them.
    pub const ALL: [CredentialSource; 7] = [
        CredentialSource {
            name: "workload-identity",
            variables: &[
                "AZURE_FEDERATED_TOKEN_FILE",
                "AZURE_CLIENT_ID",
                "AZURE_TENANT_ID",
            ],
            secrets: &[],
            make: || Credential::WorkloadIdentity,
            begun_by: &[&["AZURE_FEDERATED_TOKEN_FILE"]],
            cure: "let the service account of the pod carry the client id and the tenant id",
        },
        CredentialSource {
            name: "github-oidc",
            variables: &[
                "ACTIONS_ID_TOKEN_REQUEST_URL",
                "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
                "AZURE_CLIENT_ID",
                "AZURE_TENANT_ID",
            ],
            secrets: &["ACTIONS_ID_TOKEN_REQUEST_TOKEN"],
            make: || Credential::GithubOidc,
            begun_by: &[
                &["ACTIONS_ID_TOKEN_REQUEST_URL", "AZURE_CLIENT_ID"],
                &["ACTIONS_ID_TOKEN_REQUEST_URL", "AZURE_TENANT_ID"],
                &["GITHUB_ACTIONS", "AZURE_CLIENT_ID", "AZURE_TENANT_ID"],
            ],
            cure: "give the job `permissions: id-token: write`, and set AZURE_CLIENT_ID and AZURE_TENANT_ID for the step",
        },
        CredentialSource {
            name: "azure-pipelines",
            variables: &[
                "SYSTEM_OIDCREQUESTURI",
                "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID",
            ],
            secrets: &["SYSTEM_ACCESSTOKEN"],
            make: || Credential::AzurePipelines,
            begun_by: &[&["AZURESUBSCRIPTION_SERVICE_CONNECTION_ID"]],
            cure: "run the step in a task of the service connection, with SYSTEM_ACCESSTOKEN in its environment",
        },
        CredentialSource {
            name: "client-certificate",
            variables: &[
                "AZURE_CLIENT_CERTIFICATE_PATH",
                "AZURE_CLIENT_ID",
                "AZURE_TENANT_ID",
            ],
            secrets: &[],
            make: || Credential::ClientCertificate,
            begun_by: &[&["AZURE_CLIENT_CERTIFICATE_PATH"]],
            cure: "set AZURE_CLIENT_ID and AZURE_TENANT_ID too",
        },
        CredentialSource {
            name: "client-secret",
            variables: &["AZURE_CLIENT_SECRET", "AZURE_CLIENT_ID", "AZURE_TENANT_ID"],
            secrets: &["AZURE_CLIENT_SECRET"],
            make: || Credential::ClientSecret,
            begun_by: &[&["AZURE_CLIENT_SECRET"]],
            cure: "set AZURE_CLIENT_ID and AZURE_TENANT_ID too",
        },
        // Looking for the metadata service of a virtual machine takes seconds on any other machine, so it is not
        // looked for: only the variable of App Service counts.
        CredentialSource {
            name: "managed-identity",
            variables: &["IDENTITY_ENDPOINT"],
            // Sent by `azure_identity` as a header of the App Service protocol.
            secrets: &["IDENTITY_HEADER"],
            make: || Credential::ManagedIdentity,
            begun_by: &[&["IDENTITY_HEADER"]],
            cure: "the platform sets IDENTITY_ENDPOINT; it must reach the process",
        },
        AZ,
    ];

    /// Returns the first of its variables that is not set.
    fn missing(&self) -> Option<&'static str> {
        let absent = |name: &&&str| variable(name).is_none();
        self.variables.iter().find(absent).copied()
    }

    /// Returns whether somebody meant this way.
    fn is_begun(&self) -> bool {
        let is_set = |name: &&str| variable(name).is_some();
        self.begun_by.iter().any(|set| set.iter().all(is_set))
    }

    /// Returns why it was chosen without being named.
    fn because(&self) -> String {
        if self.variables.is_empty() {
            return "the login of az, since nothing else is set up".to_owned();
        }
        format!("{}, since {} are set", self.name, self.variables.join(", "))
    }
}

/// Returns every environment variable that holds a secret with which lockgate signs in. The variable that the
/// configuration names in the place of [`DEFAULT_TOKEN_VARIABLE`] is not among them.
pub fn secret_variables() -> Vec<&'static str> {
    let of_sources = CredentialSource::ALL
        .into_iter()
        .flat_map(|source| source.secrets.iter().copied());
    std::iter::once(DEFAULT_TOKEN_VARIABLE)
        .chain(of_sources)
        .collect()
}

/// A credential, and why it was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The credential.
    pub credential: Credential,
    /// Its name and the reason for the choice, as a sentence fragment for people.
    pub because: String,
    /// Why each credential before it in the table was not chosen; empty when the configuration named one.
    pub passed_over: Vec<String>,
}

impl Choice {
    /// Chooses a credential. `named` is a name of [`CredentialSource::ALL`], `token` or `none`; `token_variable`
    /// is the variable that the configuration names for the token.
    ///
    /// # Errors
    /// [`CredentialError::Unknown`] when `named` is none of these; [`CredentialError::Incomplete`] in a pipeline that has set
    /// one way up in part and none in full: the login of az, which may be anybody's, does not stand in for it.
    pub fn new(
        named: Option<&str>,
        token_variable: Option<&str>,
        endpoint: &Endpoint,
    ) -> Result<Choice, CredentialError> {
        let token = token_variable.unwrap_or(DEFAULT_TOKEN_VARIABLE);
        if let Some(name) = named {
            return Choice::named(name, token);
        }
        if token_variable.is_some() || variable(token).is_some() {
            let because = format!("the token in {token}, which comes first");
            return Ok(Choice::only(in_variable(token), because));
        }
        if endpoint.is_plain_loopback() {
            let because = "none, as for an emulator: the endpoint is plain http on this machine";
            return Ok(Choice::only(Credential::Anonymous, because.to_owned()));
        }
        Choice::first_possible(token)
    }

    fn named(name: &str, token: &str) -> Result<Choice, CredentialError> {
        let because = format!("{name}, as configured");
        match name {
            "token" => {
                let because = format!("the token in {token}, as configured");
                Ok(Choice::only(in_variable(token), because))
            }
            "none" => Ok(Choice::only(Credential::Anonymous, because)),
            name => {
                let source = CredentialSource::ALL.iter().find(|s| s.name == name);
                let source = source.ok_or_else(|| unknown(name))?;
                Ok(Choice::only((source.make)(), because))
            }
        }
    }

    /// Returns the first credential of the table whose variables are all set.
    fn first_possible(token: &str) -> Result<Choice, CredentialError> {
        let mut passed_over = vec![format!("token: {token} is not set")];
        let mut chosen = AZ;
        let mut incomplete = None;
        for source in CredentialSource::ALL {
            let Some(missing) = source.missing() else {
                chosen = source;
                break;
            };
            let reason = format!("{}: {missing} is not set", source.name);
            if source.is_begun() {
                // What somebody has begun is the first thing to look at.
                passed_over.insert(0, format!("{reason}; {}", source.cure));
                incomplete = incomplete.or(Some((source, missing)));
            } else {
                passed_over.push(reason);
            }
        }
        if let Some((source, missing)) = incomplete.filter(|_| chosen.name == AZ.name)
            && RUNNERS.iter().any(|name| variable(name).is_some())
        {
            return Err(CredentialError::Incomplete {
                credential: source.name,
                variable: missing,
                cure: source.cure,
            });
        }
        Ok(Choice {
            credential: (chosen.make)(),
            because: chosen.because(),
            passed_over,
        })
    }

    fn only(credential: Credential, because: String) -> Choice {
        Choice {
            credential,
            because,
            passed_over: Vec::new(),
        }
    }
}

fn in_variable(name: &str) -> Credential {
    Credential::Variable {
        name: name.to_owned(),
    }
}

fn unknown(name: &str) -> CredentialError {
    let known: Vec<&str> = CredentialSource::ALL.iter().map(|s| s.name).collect();
    CredentialError::Unknown {
        name: name.to_owned(),
        known: format!("token, none, {}", known.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Variables that credentials read and that hold names, ids, addresses or paths.
    const NOT_SECRET: [&str; 12] = [
        "ACTIONS_ID_TOKEN_REQUEST_URL",
        "AZURE_AUTHORITY_HOST",
        "AZURE_CLIENT_CERTIFICATE_PATH",
        "AZURE_CLIENT_ID",
        "AZURE_FEDERATED_TOKEN_FILE",
        "AZURE_POD_IDENTITY_AUTHORITY_HOST",
        "AZURE_TENANT_ID",
        "AZURESUBSCRIPTION_CLIENT_ID",
        "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID",
        "AZURESUBSCRIPTION_TENANT_ID",
        "IDENTITY_ENDPOINT",
        "SYSTEM_OIDCREQUESTURI",
    ];

    /// Returns the string literals of a source file that look like the name of a variable.
    fn variables_in(source: &'static str) -> impl Iterator<Item = &'static str> {
        let is_name = |text: &&str| {
            let is_allowed = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
            text.contains('_') && text.chars().all(is_allowed)
        };
        source.split('"').skip(1).step_by(2).filter(is_name)
    }

    #[test]
    fn every_variable_that_a_credential_reads_is_secret_or_known_not_to_be() {
        let secret: BTreeSet<&str> = secret_variables().into_iter().collect();
        let mut read: BTreeSet<&str> = CredentialSource::ALL
            .iter()
            .flat_map(|source| source.variables.iter().copied())
            .collect();
        for file in [
            include_str!("certificate.rs"),
            include_str!("entra.rs"),
            include_str!("github.rs"),
            include_str!("token.rs"),
            include_str!("transport.rs"),
        ] {
            read.extend(variables_in(file));
        }
        for name in read {
            let is_known = NOT_SECRET.contains(&name);
            assert!(
                secret.contains(name) != is_known,
                "{name}: name it in `secrets` of its CredentialSource if its value is secret"
            );
        }
    }

    #[test]
    fn secrets_are_those_of_the_table_and_the_token_variable() {
        assert_eq!(
            secret_variables(),
            [
                "LOCKGATE_ARM_TOKEN",
                "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
                "SYSTEM_ACCESSTOKEN",
                "AZURE_CLIENT_SECRET",
                "IDENTITY_HEADER",
            ]
        );
    }

    #[test]
    fn each_name_makes_its_own_credential() {
        let made: Vec<Credential> = CredentialSource::ALL.iter().map(|s| (s.make)()).collect();
        for (index, credential) in made.iter().enumerate() {
            assert!(!made[..index].contains(credential), "{credential:?}");
        }
        for (source, credential) in CredentialSource::ALL.iter().zip(&made) {
            let choice = Choice::new(Some(source.name), None, &Endpoint::default()).unwrap();
            assert_eq!(choice.credential, *credential, "{}", source.name);
        }
        let last = CredentialSource::ALL.last().unwrap();
        assert!(
            last.variables.is_empty(),
            "the choice ends with {}",
            last.name
        );
    }
}
