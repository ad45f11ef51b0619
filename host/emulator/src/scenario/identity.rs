//! The identity that the emulated Entra knows, its secrets, and the lifetime of its tokens. All
//! values are made up and the same for every emulator, so tests and demos can name them. They must
//! never be valid anywhere else.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

/// The services that tell how an app fares.
const SERVICES: [&str; 4] = [
    "https://api.loganalytics.io",
    "https://api.applicationinsights.io",
    "https://prometheus.monitor.azure.com",
    "https://metrics.monitor.azure.com",
];

/// The only known application, with the secrets of each way to get a token for it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct IdentityScenario {
    /// The only tenant. `common` and `organizations` mean it too.
    pub tenant: String,
    /// `client_id` of the application, and of the user-assigned managed identity.
    pub client_id: String,
    /// `oid` of its tokens, which ARM's refusals name.
    pub object_id: String,
    /// `client_secret` at Entra. Any other gets AADSTS7000215.
    pub client_secret: String,
    /// `X-IDENTITY-HEADER` at `/msi/token`, which clients take from `IDENTITY_HEADER`.
    pub identity_header: String,
    /// Bearer token at `/_identity/github/token`, from `ACTIONS_ID_TOKEN_REQUEST_TOKEN`.
    pub github_token: String,
    /// Bearer token at `/_identity/pipelines/oidctoken`, from `SYSTEM_ACCESSTOKEN`.
    pub pipelines_token: String,
    /// `serviceConnectionId` at that path. Any other gets 404.
    pub service_connection: String,
    /// Lifetime of an access token for ARM in seconds.
    pub token_lifetime_s: u32,
    /// The services beside ARM that tokens may be for, by URL, each with the lifetime of its tokens in
    /// seconds. Any other gets AADSTS500011.
    pub services: BTreeMap<String, u32>,
    /// Lifetime of an assertion of GitHub or Azure Pipelines in seconds.
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
            services: SERVICES.map(|url| (url.to_owned(), 3600)).into(),
            assertion_lifetime_s: 300,
        }
    }
}
