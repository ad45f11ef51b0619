//! Managed identity: the App Service protocol, which jobs and apps of Container Apps use, and IMDS,
//! which virtual machines use.

use serde_json::json;

use super::token::{self, IssuedToken};
use crate::http::{HttpCall, Reply};
use crate::world::World;

/// The version of the App Service protocol that clients speak.
const APP_SERVICE_VERSION: &str = "2019-08-01";

/// `GET /msi/token?api-version=2019-08-01&resource=…`, with the value of `IDENTITY_HEADER` as a
/// header.
pub(super) fn app_service(world: &World, call: &HttpCall) -> Reply {
    let refuse = |status: u16, message: &str| {
        Reply::json(status, json!({"statusCode": status, "message": message}))
    };
    if call.header("x-identity-header") != Some(&world.identity.identity_header) {
        return refuse(
            401,
            "The X-IDENTITY-HEADER header is missing or not the one of IDENTITY_HEADER.",
        );
    }
    if call.parameter("api-version") != Some(APP_SERVICE_VERSION) {
        return refuse(400, "The api-version must be 2019-08-01.");
    }
    let Some(resource) = call.parameter("resource") else {
        return refuse(400, "The resource parameter is required.");
    };
    if !knows_identity(world, call) {
        return refuse(400, "No User Assigned or Delegated Managed Identity found.");
    }
    let Some(issued) = token::access(&world.identity, resource, world.clock.now().wall) else {
        return refuse(400, &unknown(world, resource));
    };
    Reply::json(
        200,
        json!({
            "access_token": issued.token,
            "client_id": world.identity.client_id,
            "expires_on": issued.expires_on.to_string(),
            "resource": resource,
            "token_type": "Bearer",
        }),
    )
}

/// `GET /metadata/identity/oauth2/token?api-version=…&resource=…`, with `Metadata: true`.
pub(super) fn imds(world: &World, call: &HttpCall) -> Reply {
    let refuse = |description: &str| {
        let body = json!({"error": "invalid_request", "error_description": description});
        Reply::json(400, body)
    };
    if !call
        .header("metadata")
        .is_some_and(|value| value.eq_ignore_ascii_case("true"))
    {
        return refuse("Required metadata header not specified");
    }
    if call.parameter("api-version").is_none() {
        return refuse("Required query variable 'api-version' is missing");
    }
    let Some(resource) = call.parameter("resource") else {
        return refuse("Required query variable 'resource' is missing");
    };
    if !knows_identity(world, call) {
        return refuse("Identity not found");
    }
    let now = world.clock.now().wall;
    let Some(IssuedToken {
        token,
        lifetime_s,
        expires_on,
        not_before,
    }) = token::access(&world.identity, resource, now)
    else {
        let description = unknown(world, resource);
        let body = json!({"error": "invalid_resource", "error_description": description});
        return Reply::json(400, body);
    };
    // Every number is text here, as on a virtual machine.
    Reply::json(
        200,
        json!({
            "access_token": token,
            "client_id": world.identity.client_id,
            "expires_in": lifetime_s.to_string(),
            "expires_on": expires_on.to_string(),
            "ext_expires_in": lifetime_s.to_string(),
            "not_before": not_before.to_string(),
            "resource": resource,
            "token_type": "Bearer",
        }),
    )
}

/// Returns what Entra says of a resource that the tenant does not know, as the services of identities hand it on.
fn unknown(world: &World, resource: &str) -> String {
    format!(
        "AADSTS500011: {}",
        token::unknown_resource(&world.identity, resource)
    )
}

/// Returns whether the call names the identity that exists. Without a name it means the
/// system-assigned identity.
fn knows_identity(world: &World, call: &HttpCall) -> bool {
    let chosen = |name, known: &str| call.parameter(name).is_none_or(|chosen| chosen == known);
    chosen("client_id", &world.identity.client_id)
        && chosen("object_id", &world.identity.object_id)
        && chosen("principal_id", &world.identity.object_id)
}
