//! Which credential is used: the first of a fixed order whose variables are there, or the one that
//! was named and then no other.

use super::{Credential, CredentialError, DEFAULT_TOKEN_VARIABLE, variable};
use crate::endpoint::Endpoint;

/// A way to a token: its name in the configuration, and what it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CredentialSource {
    /// What it is called in `azure.credential`.
    pub name: &'static str,
    /// The variables that must all be set for it to be taken without being named.
    pub variables: &'static [&'static str],
}

impl CredentialSource {
    /// Every way that can be named, in the order in which they are looked at. The token variable
    /// comes before them all.
    pub const ALL: [CredentialSource; 7] = [
        CredentialSource {
            name: "workload-identity",
            variables: &[
                "AZURE_FEDERATED_TOKEN_FILE",
                "AZURE_CLIENT_ID",
                "AZURE_TENANT_ID",
            ],
        },
        CredentialSource {
            name: "github-oidc",
            variables: &[
                "ACTIONS_ID_TOKEN_REQUEST_URL",
                "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
                "AZURE_CLIENT_ID",
                "AZURE_TENANT_ID",
            ],
        },
        CredentialSource {
            name: "azure-pipelines",
            variables: &[
                "SYSTEM_OIDCREQUESTURI",
                "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID",
            ],
        },
        CredentialSource {
            name: "client-certificate",
            variables: &[
                "AZURE_CLIENT_CERTIFICATE_PATH",
                "AZURE_CLIENT_ID",
                "AZURE_TENANT_ID",
            ],
        },
        CredentialSource {
            name: "client-secret",
            variables: &["AZURE_CLIENT_SECRET", "AZURE_CLIENT_ID", "AZURE_TENANT_ID"],
        },
        // The metadata service of a virtual machine is not looked for: elsewhere that takes seconds.
        CredentialSource {
            name: "managed-identity",
            variables: &["IDENTITY_ENDPOINT"],
        },
        CredentialSource {
            name: "az",
            variables: &[],
        },
    ];

    fn credential(self) -> Credential {
        match self.name {
            "workload-identity" => Credential::WorkloadIdentity,
            "github-oidc" => Credential::GithubOidc,
            "azure-pipelines" => Credential::AzurePipelines,
            "client-certificate" => Credential::ClientCertificate,
            "client-secret" => Credential::ClientSecret,
            "managed-identity" => Credential::ManagedIdentity,
            _ => Credential::az_cli(),
        }
    }

    fn missing(self) -> Option<&'static str> {
        let absent = |name: &&&str| variable(name).is_none();
        self.variables.iter().find(absent).copied()
    }
}

/// A credential, and why it is this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The credential.
    pub credential: Credential,
    /// For people: which it is and what decided it.
    pub because: String,
    /// Why each way before it was passed over.
    pub passed_over: Vec<String>,
}

impl Choice {
    /// Chooses. `named` is a name of [`CredentialSource::ALL`], `token` or `none`; `token_variable` is the
    /// variable that the configuration names.
    ///
    /// # Errors
    /// [`CredentialError::Unknown`] for a name that there is none of.
    pub fn new(
        named: Option<&str>,
        token_variable: Option<&str>,
        endpoint: &Endpoint,
    ) -> Result<Choice, CredentialError> {
        let token = token_variable.unwrap_or(DEFAULT_TOKEN_VARIABLE);
        let chosen = |credential, because: String| Choice {
            credential,
            because,
            passed_over: Vec::new(),
        };
        let in_variable = Credential::Variable {
            name: token.to_owned(),
        };
        match named {
            Some("token") => {
                return Ok(chosen(
                    in_variable,
                    format!("the token in {token}, as configured"),
                ));
            }
            Some("none") => {
                return Ok(chosen(
                    Credential::Anonymous,
                    "none, as configured".to_owned(),
                ));
            }
            Some(name) => {
                let way = CredentialSource::ALL
                    .into_iter()
                    .find(|way| way.name == name);
                let way = way.ok_or_else(|| unknown(name))?;
                return Ok(chosen(way.credential(), format!("{name}, as configured")));
            }
            None => {}
        }
        if token_variable.is_some() || variable(token).is_some() {
            return Ok(chosen(
                in_variable,
                format!("the token in {token}, which comes first"),
            ));
        }
        if endpoint.is_plain_loopback() {
            let because = "none, as for an emulator: the endpoint is plain http on this machine";
            return Ok(chosen(Credential::Anonymous, because.to_owned()));
        }
        let mut passed_over = vec![format!("token: {token} is not set")];
        for way in CredentialSource::ALL {
            match way.missing() {
                Some(missing) => passed_over.push(format!("{}: {missing} is not set", way.name)),
                None => {
                    let because = match way.variables {
                        [] => "the login of az, since nothing else is set up".to_owned(),
                        variables => {
                            format!("{}, since {} are set", way.name, variables.join(", "))
                        }
                    };
                    return Ok(Choice {
                        passed_over,
                        ..chosen(way.credential(), because)
                    });
                }
            }
        }
        Ok(chosen(Credential::az_cli(), "the login of az".to_owned()))
    }
}

fn unknown(name: &str) -> CredentialError {
    let known: Vec<&str> = CredentialSource::ALL.iter().map(|way| way.name).collect();
    CredentialError::Unknown {
        name: name.to_owned(),
        known: format!("token, none, {}", known.join(", ")),
    }
}
