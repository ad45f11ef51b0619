//! Entra: discovery, and tokens for an application that authenticates with a secret or with an
//! assertion of its CI system. Refusals carry the error numbers of the real Entra.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde_json::{Value, json};
use url::form_urlencoded;

use super::token::{self, Claims, EXCHANGE_AUDIENCE, IssuedToken};
use crate::http::{HttpCall, Reply};
use crate::ids::random_uuid;
use crate::world::World;

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A refusal of the token endpoint.
struct TokenRefusal {
    status: u16,
    /// The error code of OAuth 2.0.
    error: &'static str,
    /// The number after `AADSTS`.
    number: u32,
    text: String,
}

/// The fields of a posted form.
struct Form(Vec<(String, String)>);

/// Describes the clouds: only this one, under the host of the call.
pub(super) fn instance(world: &World, call: &HttpCall) -> Reply {
    let host = call.origin.split("://").nth(1).unwrap_or_default();
    let tenant = &world.identity.tenant;
    let metadata = json!([{
        "preferred_network": host, "preferred_cache": host, "aliases": [host],
    }]);
    Reply::json(
        200,
        json!({
            "tenant_discovery_endpoint":
                format!("{}/{tenant}/v2.0/.well-known/openid-configuration", call.origin),
            "api-version": "1.1",
            "metadata": metadata,
        }),
    )
}

/// Describes the endpoints of a tenant.
pub(super) fn configuration(world: &World, call: &HttpCall, tenant: &str) -> Reply {
    if let Err(refusal) = check_tenant(world, tenant) {
        return refusal.reply(call, world.clock.now().wall);
    }
    let base = format!("{}/{tenant}", call.origin);
    Reply::json(
        200,
        json!({
            "issuer": format!("{base}/v2.0"),
            "authorization_endpoint": format!("{base}/oauth2/v2.0/authorize"),
            "token_endpoint": format!("{base}/oauth2/v2.0/token"),
            "device_authorization_endpoint": format!("{base}/oauth2/v2.0/devicecode"),
            "jwks_uri": format!("{base}/discovery/v2.0/keys"),
            "token_endpoint_auth_methods_supported":
                ["client_secret_post", "private_key_jwt", "client_secret_basic"],
            "response_types_supported": ["code", "id_token", "token"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["none"],
        }),
    )
}

/// Exchanges a secret or an assertion for an access token.
pub(super) fn token(world: &World, call: &HttpCall, tenant: &str) -> Reply {
    let now = world.clock.now().wall;
    let form = Form::read(&call.raw_body);
    let granted = check_tenant(world, tenant)
        .and_then(|()| check_client(world, &form, now))
        .and_then(|()| issued(world, &form, now));
    match granted {
        Ok(issued) => Reply::json(
            200,
            json!({
                "token_type": "Bearer",
                "expires_in": issued.lifetime_s,
                "ext_expires_in": issued.lifetime_s,
                "access_token": issued.token,
            }),
        ),
        Err(refusal) => refusal.reply(call, now),
    }
}

fn check_tenant(world: &World, tenant: &str) -> Result<(), TokenRefusal> {
    let known = [world.identity.tenant.as_str(), "common", "organizations"];
    if known.iter().any(|known| known.eq_ignore_ascii_case(tenant)) {
        return Ok(());
    }
    let text = format!("Tenant '{tenant}' not found. Check to make sure you have the correct one.");
    Err(TokenRefusal::new(400, "invalid_request", 90002, text))
}

fn check_client(world: &World, form: &Form, now: Timestamp) -> Result<(), TokenRefusal> {
    if form.get("grant_type") != Some("client_credentials") {
        let text = "The app requested an unsupported grant type.".to_owned();
        return Err(TokenRefusal::new(
            400,
            "unsupported_grant_type",
            70003,
            text,
        ));
    }
    let Some(client) = form.get("client_id") else {
        return Err(TokenRefusal::missing("client_id"));
    };
    if !client.eq_ignore_ascii_case(&world.identity.client_id) {
        let text =
            format!("Application with identifier '{client}' was not found in the directory.");
        return Err(TokenRefusal::new(400, "unauthorized_client", 700_016, text));
    }
    if let Some(assertion) = form.get("client_assertion") {
        return check_assertion(form, assertion, now);
    }
    match form.get("client_secret") {
        None => {
            let text = "The request body must contain the following parameter: \
                        'client_assertion' or 'client_secret'.";
            Err(TokenRefusal::new(
                401,
                "invalid_client",
                7_000_218,
                text.to_owned(),
            ))
        }
        Some(secret) if secret == world.identity.client_secret => Ok(()),
        Some(_) => {
            let text = format!(
                "Invalid client secret provided. Ensure the secret being sent in the request is \
                 the client secret value, not the client secret ID, for a secret added to app \
                 '{client}'."
            );
            Err(TokenRefusal::new(401, "invalid_client", 7_000_215, text))
        }
    }
}

fn check_assertion(form: &Form, assertion: &str, now: Timestamp) -> Result<(), TokenRefusal> {
    if form.get("client_assertion_type") != Some(ASSERTION_TYPE) {
        return Err(TokenRefusal::missing("client_assertion_type"));
    }
    let Some(claims) = Claims::read(assertion) else {
        let text = "JWT token is invalid or malformed.".to_owned();
        return Err(TokenRefusal::new(400, "invalid_request", 50027, text));
    };
    if !claims.is_within(now) {
        let time = |name| {
            let time = Timestamp::from_second(claims.second(name).unwrap_or_default());
            time.map(|time| time.to_string()).unwrap_or_default()
        };
        let text = format!(
            "Client assertion is not within its valid time range. Current time: {now:.0}, \
             assertion valid from {}, expiry time of assertion {}.",
            time("nbf"),
            time("exp"),
        );
        return Err(TokenRefusal::new(401, "invalid_client", 700_024, text));
    }
    // An assertion that is signed with the application's own certificate names the certificate, and
    // its audience is Entra. The signature is not checked, as for all tokens here.
    let is_for_entra = claims.text("aud").ends_with("/oauth2/v2.0/token");
    if is_for_entra && claims.text("sub") == claims.text("iss") && names_certificate(assertion) {
        return Ok(());
    }
    if claims.text("aud") != EXCHANGE_AUDIENCE {
        let text = format!(
            "No matching federated identity record found for presented assertion audience '{}'. \
             The audience must be '{EXCHANGE_AUDIENCE}'.",
            claims.text("aud")
        );
        return Err(TokenRefusal::new(401, "invalid_client", 700_212, text));
    }
    Ok(())
}

fn names_certificate(assertion: &str) -> bool {
    let header = assertion.split('.').next().unwrap_or_default();
    let header = URL_SAFE_NO_PAD.decode(header).unwrap_or_default();
    let header: Value = serde_json::from_slice(&header).unwrap_or_default();
    ["x5t#S256", "x5t"]
        .iter()
        .any(|name| header[*name].is_string())
}

/// Issues a token for the resource that the scope of a form names.
fn issued(world: &World, form: &Form, now: Timestamp) -> Result<IssuedToken, TokenRefusal> {
    let resource = resource(form)?;
    token::access(&world.identity, resource, now).ok_or_else(|| {
        let text = token::unknown_resource(&world.identity, resource);
        TokenRefusal::new(400, "invalid_resource", 500_011, text)
    })
}

/// Returns the resource that the scope of a form names.
fn resource(form: &Form) -> Result<&str, TokenRefusal> {
    let Some(scope) = form.get("scope") else {
        return Err(TokenRefusal::missing("scope"));
    };
    // Clients add scopes of their own, such as `openid`.
    let of_resource = |scope: &str| scope.ends_with("/.default");
    let resource = scope.split(' ').find(|scope| of_resource(scope));
    let resource = resource.and_then(|scope| scope.strip_suffix("/.default"));
    resource.ok_or_else(|| {
        let text = format!(
            "The provided value for scope {scope} is not valid. Client credential flows must have \
             a scope value with /.default suffixed to the resource identifier."
        );
        TokenRefusal::new(400, "invalid_scope", 1_002_012, text)
    })
}

impl Form {
    fn read(body: &[u8]) -> Self {
        Self(form_urlencoded::parse(body).into_owned().collect())
    }

    fn get(&self, name: &str) -> Option<&str> {
        let member = self.0.iter().find(|(key, _)| key == name);
        member.map(|(_, value)| value.as_str())
    }
}

impl TokenRefusal {
    fn new(status: u16, error: &'static str, number: u32, text: String) -> Self {
        Self {
            status,
            error,
            number,
            text,
        }
    }

    fn missing(name: &str) -> Self {
        let text = format!("The request body must contain the following parameter: '{name}'.");
        Self::new(400, "invalid_request", 900_144, text)
    }

    fn reply(&self, call: &HttpCall, now: Timestamp) -> Reply {
        let (trace, correlation) = (random_uuid(), random_uuid());
        let time = now.strftime("%Y-%m-%d %H:%M:%SZ").to_string();
        let description = format!(
            "AADSTS{}: {} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {time}",
            self.number, self.text
        );
        Reply::json(
            self.status,
            json!({
                "error": self.error,
                "error_description": description,
                "error_codes": [self.number],
                "timestamp": time,
                "trace_id": trace,
                "correlation_id": correlation,
                "error_uri": format!("{}/error?code={}", call.origin, self.number),
            }),
        )
    }
}
