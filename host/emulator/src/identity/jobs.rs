//! The assertions that CI systems give to their jobs: GitHub Actions and Azure Pipelines.
//! A fresh one at each call, good for minutes, for Entra to exchange.

use serde_json::json;

use super::token::{self, EXCHANGE_AUDIENCE};
use crate::http::{Answer, Call};
use crate::refusal::Refusal;
use crate::world::World;

const GITHUB: (&str, &str) = (
    "https://token.actions.githubusercontent.com",
    "repo:example/shop:environment:production",
);
const PIPELINES: (&str, &str) = (
    "https://vstoken.dev.azure.com/00000000-0000-0000-0000-000000000005",
    "sc://example/shop/production",
);

/// `GET /_identity/github/token?audience=…`: what `ACTIONS_ID_TOKEN_REQUEST_URL` leads to.
pub(super) fn github(world: &World, call: &Call) -> Answer {
    if call.bearer.as_ref() != Some(&world.identity.github_token) {
        let body = json!({"message": "the bearer token is not the one of the job"});
        return Answer::json(401, body);
    }
    // Without an audience the real endpoint names the owner's page, which Entra refuses.
    let audience = call.parameter("audience");
    let audience = audience.unwrap_or("https://github.com/example");
    let now = world.clock.now().wall;
    let minted = token::assertion(&world.identity, GITHUB, audience, now);
    Answer::json(200, json!({"value": minted.token}))
}

/// `POST …/oidctoken?api-version=7.1&serviceConnectionId=…`: what `SYSTEM_OIDCREQUESTURI` leads to.
pub(super) fn pipelines(world: &World, call: &Call) -> Answer {
    if call.bearer.as_ref() != Some(&world.identity.pipelines_token) {
        // Whoever is not known is sent to a page to sign in, unless they say that they are no
        // browser.
        return if call.header("x-tfs-fedauthredirect") == Some("Suppress") {
            Answer::json(401, json!({"message": "TF400813: the token is not good"}))
        } else {
            Answer::empty(302).with("location", &format!("{}/_signin", call.origin))
        };
    }
    if call.parameter("api-version").is_none() {
        let message = "No api-version was supplied for the POST request.".to_owned();
        return Answer::refused(&Refusal::new(
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
        return Answer::json(404, json!({"message": message}));
    }
    let now = world.clock.now().wall;
    let minted = token::assertion(&world.identity, PIPELINES, EXCHANGE_AUDIENCE, now);
    Answer::json(200, json!({"oidcToken": minted.token}))
}
