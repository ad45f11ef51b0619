//! Who may call: the identities that the emulated Entra knows, the secrets that they prove
//! themselves with, and how long their tokens last. Made up, and the same for every emulator, so
//! that a test or a demo can name them; none of them opens anything else.

use serde::Deserialize;

/// The one application that is known, under all the ways in which it can ask for tokens.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct IdentityScenario {
    /// The only tenant; `common` and `organizations` stand for it.
    pub tenant: String,
    /// `client_id` at Entra, and of the user-assigned managed identity.
    pub client_id: String,
    /// `oid` of its tokens, as ARM's refusals name it.
    pub object_id: String,
    /// `client_secret` at Entra; any other is AADSTS7000215.
    pub client_secret: String,
    /// `X-IDENTITY-HEADER` at `/msi/token`, which clients take from `IDENTITY_HEADER`.
    pub identity_header: String,
    /// Bearer token at `/_identity/github/token`, from `ACTIONS_ID_TOKEN_REQUEST_TOKEN`.
    pub github_token: String,
    /// Bearer token at `/_identity/pipelines/oidctoken`, from `SYSTEM_ACCESSTOKEN`.
    pub pipelines_token: String,
    /// The service connection at that path; any other is not found.
    pub service_connection: String,
    /// Seconds for which an access token is good.
    pub token_lifetime_s: u32,
    /// Seconds for which an assertion of GitHub or Azure Pipelines is good.
    pub assertion_lifetime_s: u32,
}

impl Default for IdentityScenario {
    fn default() -> Self {
        Self {
            tenant: "00000000-0000-0000-0000-000000000001".to_owned(),
            client_id: "00000000-0000-0000-0000-000000000002".to_owned(),
            object_id: "00000000-0000-0000-0000-000000000003".to_owned(),
            client_secret: "emulated-secret".to_owned(),
            identity_header: "emulated-header".to_owned(),
            github_token: "emulated-github-token".to_owned(),
            pipelines_token: "emulated-pipelines-token".to_owned(),
            service_connection: "00000000-0000-0000-0000-000000000004".to_owned(),
            token_lifetime_s: 3600,
            assertion_lifetime_s: 300,
        }
    }
}
