//! The assertions that GitHub Actions and Azure Pipelines issue to their jobs. Each call gets a new
//! one, which is valid for minutes and which Entra exchanges for a token.

use serde_json::json;

use super::token::{self, EXCHANGE_AUDIENCE, JobIdentity};
use crate::http::{HttpCall, Reply};
use crate::refusal::Refusal;
use crate::world::World;

const GITHUB: JobIdentity = JobIdentity {
    issuer: "https://token.actions.githubusercontent.com",
    subject: "repo:example/shop:environment:production",
};
const PIPELINES: JobIdentity = JobIdentity {
    issuer: "https://vstoken.dev.azure.com/00000000-0000-0000-0000-000000000005",
    subject: "sc://example/shop/production",
};

/// `GET /_identity/github/token?audience=…`, the URL in `ACTIONS_ID_TOKEN_REQUEST_URL`.
pub(super) fn github(world: &World, call: &HttpCall) -> Reply {
    if call.bearer.as_ref() != Some(&world.identity.github_token) {
        let body = json!({"message": "the bearer token is not that of the job"});
        return Reply::json(401, body);
    }
    // The default audience of the real endpoint is the owner's page, which Entra refuses.
    let audience = call.parameter("audience");
    let audience = audience.unwrap_or("https://github.com/example");
    let now = world.clock.now().wall;
    let issued = token::assertion(&world.identity, &GITHUB, audience, now);
    Reply::json(200, json!({"value": issued.token}))
}

/// `POST …/oidctoken?api-version=7.1&serviceConnectionId=…`, the URL in `SYSTEM_OIDCREQUESTURI`.
pub(super) fn pipelines(world: &World, call: &HttpCall) -> Reply {
    if call.bearer.as_ref() != Some(&world.identity.pipelines_token) {
        // The real service redirects an unknown caller to a sign-in page, unless the header says
        // that the caller is not a browser.
        return if call.header("x-tfs-fedauthredirect") == Some("Suppress") {
            Reply::json(401, json!({"message": "TF400813: the token is not good"}))
        } else {
            Reply::empty(302).with("location", &format!("{}/_signin", call.origin))
        };
    }
    if call.parameter("api-version").is_none() {
        let message = "No api-version was supplied for the POST request.".to_owned();
        return Reply::refused(&Refusal::new(
            400,
            "VssVersionNotSpecifiedException",
            message,
        ));
    }
    let connection = call.parameter("serviceConnectionId");
    if connection != Some(&world.identity.service_connection) {
        let message = format!(
            "No service connection found with identifier {}.",
            connection.unwrap_or_default()
        );
        return Reply::json(404, json!({"message": message}));
    }
    let now = world.clock.now().wall;
    let issued = token::assertion(&world.identity, &PIPELINES, EXCHANGE_AUDIENCE, now);
    Reply::json(200, json!({"oidcToken": issued.token}))
}
