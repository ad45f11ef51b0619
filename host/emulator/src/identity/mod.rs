//! The fake identity endpoints, beside ARM's paths on the same listeners, and the check of the
//! token that a call of ARM carries. The endpoints are managed identity (App Service and IMDS),
//! Entra, and the assertions of GitHub Actions and Azure Pipelines. The only reply to a call of ARM
//! is a 401.

use serde_json::{Value, json};
use url::form_urlencoded;

use crate::http::{HttpCall, Reply};
use crate::refusal::Refusal;
use crate::world::World;

mod entra;
mod jobs;
mod managed;
mod token;

/// Members of a form that are secrets, which must not be logged.
const SECRET: [&str; 4] = [
    "client_secret",
    "client_assertion",
    "refresh_token",
    "password",
];

/// Answers a call of an identity path. Returns `None` for any other path.
pub(crate) fn answer(world: &World, call: &HttpCall) -> Option<Reply> {
    let segments = call.segments();
    let reply = match (call.method.as_str(), segments.as_slice()) {
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
    Some(reply)
}

/// Returns whether a call carries a token that the scenario accepts.
pub(crate) fn has_good_token(world: &World, call: &HttpCall) -> bool {
    let bearer = call.bearer.as_deref();
    if let Some(token) = &world.token {
        return bearer == Some(token.as_str());
    }
    let now = world.clock.now().wall;
    !world.require_token
        || bearer.is_some_and(|bearer| token::is_good(&world.identity, bearer, now))
}

/// Returns ARM's reply to a call without a good token.
pub(crate) fn unauthorized(world: &World) -> Reply {
    let message = "The access token is missing, expired or not the expected one.".to_owned();
    Reply::refused(&Refusal::new(401, "ExpiredAuthenticationToken", message))
        .with("www-authenticate", &challenge(world))
}

/// Returns the `WWW-Authenticate` header that ARM sends with a 401.
pub(crate) fn challenge(world: &World) -> String {
    format!(
        "Bearer authorization_uri=\"https://login.microsoftonline.com/{}\", \
         error=\"invalid_token\", \
         error_description=\"The access token is missing, expired or invalid.\"",
        world.identity.tenant
    )
}

/// Returns a body that is not JSON as the log shows it: a form without its secrets.
pub(crate) fn redact_form(text: &str) -> String {
    if !SECRET.iter().any(|name| text.contains(name)) {
        return text.to_owned();
    }
    let mut shown = form_urlencoded::Serializer::new(String::new());
    shown.extend_pairs(
        form_urlencoded::parse(text.as_bytes()).filter(|(name, _)| !SECRET.contains(&&**name)),
    );
    shown.finish()
}

/// Describes the endpoints of this cloud, which are all at the origin of the call.
fn endpoints(call: &HttpCall) -> Reply {
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
    Reply::json(200, body)
}
