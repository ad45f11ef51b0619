//! Who is calling: the fake identity endpoints, beside ARM's paths on the same listeners. Managed
//! identity (App Service and IMDS), Entra's token endpoint, and the assertions of GitHub Actions
//! and Azure Pipelines. Faults and the log see these calls as they see ARM's; no call of ARM's is
//! answered here.

use serde_json::{Value, json};
use url::form_urlencoded;

use crate::http::{Answer, Call};
use crate::world::World;

mod entra;
mod jobs;
mod managed;
pub(crate) mod token;

/// Members of a form that prove something; they stay out of the log.
const SECRET: [&str; 4] = [
    "client_secret",
    "client_assertion",
    "refresh_token",
    "password",
];

/// Answers a call of an identity path; `None` for any other.
pub(crate) fn answer(world: &World, call: &Call) -> Option<Answer> {
    let segments = call.segments();
    let answer = match (call.method.as_str(), segments.as_slice()) {
        ("GET", ["msi", "token"]) => managed::app_service(world, call),
        ("GET", ["metadata", "identity", "oauth2", "token"]) => managed::imds(world, call),
        ("GET", ["metadata", "endpoints"]) => endpoints(call),
        ("GET", ["common" | "organizations", "discovery", "instance"]) => {
            entra::instance(world, call)
        }
        ("GET", [tenant, "v2.0", ".well-known", "openid-configuration"]) => {
            entra::configuration(world, call, tenant)
        }
        ("POST", [tenant, "oauth2", "v2.0", "token"]) => entra::token(world, call, tenant),
        ("GET", ["_identity", "github", "token"]) => jobs::github(world, call),
        ("POST", [.., "oidctoken"]) => jobs::pipelines(world, call),
        _ => return None,
    };
    Some(answer)
}

/// What the log shows of a body that is no JSON: a form without what it proves itself with.
pub(crate) fn shown_form(text: &str) -> String {
    if !SECRET.iter().any(|name| text.contains(name)) {
        return text.to_owned();
    }
    let mut shown = form_urlencoded::Serializer::new(String::new());
    shown.extend_pairs(
        form_urlencoded::parse(text.as_bytes()).filter(|(name, _)| !SECRET.contains(&&**name)),
    );
    shown.finish()
}

/// Where the services of this cloud are: all of them here.
fn endpoints(call: &Call) -> Answer {
    let origin = &call.origin;
    let body: Value = json!([{
        "name": "emulated",
        "portal": origin,
        "resourceManager": format!("{origin}/"),
        "authentication": {
            "loginEndpoint": origin,
            "audiences": ["https://management.core.windows.net/", "https://management.azure.com/"],
            "tenant": "common",
            "identityProvider": "AAD",
        },
        "graph": format!("{origin}/"),
        "microsoftGraphResourceId": format!("{origin}/"),
        "media": origin,
        "gallery": format!("{origin}/"),
        "batch": origin,
        "sqlManagement": origin,
        "vmImageAliasDoc": origin,
        "suffixes": {"storage": "core.windows.net", "keyVaultDns": "vault.azure.net"},
    }]);
    Answer::json(200, body)
}
