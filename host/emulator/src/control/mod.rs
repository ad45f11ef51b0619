//! The control plane: ARM's paths for container apps, over one listener, beside the emulator's own
//! `/_emulator/` paths. A call is logged and met with the fault rules in one step with its
//! arrival, and applied in one step with its answer; between the two there may be a delay.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::{HeaderValue, Request, Response, header};
use serde_json::Value;
use tokio::task::JoinHandle;

mod apps;
mod metrics;
mod operations;
mod permissions;
mod revisions;
mod router;

use crate::admin;
use crate::http::{Answer, Call};
use crate::identity;
use crate::refusal::Refusal;
use crate::scenario::TrafficScenario;
use crate::serve::{Reset, Shared};
use crate::world::app::ForeignWrite;
use crate::world::faults::{self, Effect, Seen};
use crate::world::log::LoggedCall;
use crate::world::operation::Fate;
use crate::world::{self, World};

/// Largest body that ARM takes is 4 MB; a larger one is read as none.
const BODY_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Answers one call, dated by the world's clock.
pub(crate) async fn answer(
    shared: &Arc<Shared>,
    request: Request<Body>,
    scheme: &'static str,
) -> Result<Response<Body>, Reset> {
    let mut response = respond(shared, request, scheme).await?;
    let now = shared.world().clock.now().wall;
    let date = now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let date = HeaderValue::try_from(date).expect("a date is plain ASCII");
    response.headers_mut().insert(header::DATE, date);
    Ok(response)
}

async fn respond(
    shared: &Arc<Shared>,
    request: Request<Body>,
    scheme: &'static str,
) -> Result<Response<Body>, Reset> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, BODY_BYTES_MAX).await.unwrap_or_default();
    let call = Call::read(&parts, &body, scheme);
    if let ["_emulator", rest @ ..] = call.segments().as_slice() {
        return Ok(admin::answer(&mut shared.world(), &call, rest).into_response());
    }
    let (n, effect) = arrive(&mut shared.world(), &call);
    match effect {
        Some(Effect::Delay { ms }) => {
            let task = perform_later(shared, call, n, None, ms);
            task.await.unwrap_or(Err(Reset))
        }
        Some(Effect::Late { ms }) => {
            // Nobody waits for the task: it ends with its call, or with the emulator.
            drop(perform_later(
                shared,
                call,
                n,
                Some(Effect::AppliedButAnswerLost),
                ms,
            ));
            Err(Reset)
        }
        effect => perform(shared, call, n, effect),
    }
}

/// A task of its own: a write that is slow lands even if its client has given up.
fn perform_later(
    shared: &Arc<Shared>,
    call: Call,
    n: u64,
    effect: Option<Effect>,
    ms: u64,
) -> JoinHandle<Result<Response<Body>, Reset>> {
    let (shared, delay) = (Arc::clone(shared), Duration::from_millis(ms));
    tokio::spawn(async move {
        tokio::select! {
            () = shared.closed() => Err(Reset),
            () = tokio::time::sleep(delay) => perform(&shared, call, n, effect),
        }
    })
}

/// Applies a call, as far as its fault lets it, and answers it, as far as its fault lets it.
fn perform(
    shared: &Arc<Shared>,
    mut call: Call,
    n: u64,
    effect: Option<Effect>,
) -> Result<Response<Body>, Reset> {
    match &effect {
        Some(Effect::StuckOperation) => call.fate = Fate::Stuck,
        Some(Effect::OperationFailed { code, message }) => {
            call.fate = Fate::Fails {
                code: code.clone(),
                message: message.clone(),
            };
        }
        Some(Effect::StaleRead { versions }) => call.stale_versions = *versions,
        _ => {}
    }
    let mut world = shared.world();
    let answer = match &effect {
        Some(Effect::Reset) => return Err(Reset),
        Some(Effect::Refuse { .. } | Effect::Redirect { .. }) => instead(&world, effect.as_ref()),
        _ => apply(shared, &mut world, &call),
    };
    if let Some(Effect::AppliedButAnswerLost) = effect {
        return Err(Reset);
    }
    world.log.answered(n, answer.status);
    match effect {
        Some(Effect::ForeignWrite { traffic, tags }) => {
            write_as_somebody_else(&mut world, &call, &traffic, tags);
            Ok(answer.into_response())
        }
        Some(Effect::Truncated) => Ok(answer.into_truncated_response()),
        _ => Ok(answer.into_response()),
    }
}

fn write_as_somebody_else(
    world: &mut World,
    call: &Call,
    traffic: &[TrafficScenario],
    tags: BTreeMap<String, String>,
) {
    let at = world.clock.time_of_write();
    let now = world.settle();
    if let Some(app) = call.app().and_then(|name| world.find_app(name)) {
        let traffic = world::entries(&app.name, traffic);
        app.queue_foreign(ForeignWrite { traffic, tags, at }, now);
    }
}

fn arrive(world: &mut World, call: &Call) -> (u64, Option<Effect>) {
    let body = String::from_utf8_lossy(&call.raw_body);
    let seen = Seen {
        method: &call.method,
        path: &call.path,
        body: &body,
    };
    let effect = world.faults.meet(seen, world.clock.now().instant);
    let n = world.log.arrive(LoggedCall {
        n: 0,
        method: call.method.clone(),
        path: call.path.clone(),
        query: call.query_without_signature(),
        body: call
            .body
            .clone()
            .unwrap_or_else(|| Value::from(identity::shown_form(&body))),
        status: None,
        fault: effect.as_ref().map(Effect::name),
        at_ms: world.clock.elapsed_ms(),
    });
    (n, effect)
}

fn apply(shared: &Arc<Shared>, world: &mut World, call: &Call) -> Answer {
    if let Some(answer) = identity::answer(world, call) {
        return answer;
    }
    if !is_known(world, call) {
        let message = "The access token is missing, expired or not the expected one.".to_owned();
        return Answer::refused(&Refusal::new(401, "ExpiredAuthenticationToken", message))
            .with("www-authenticate", &challenge(world));
    }
    if call.parameter("api-version").is_none_or(str::is_empty) {
        let message = "The api-version query parameter (?api-version=) is required for all \
                       requests.";
        let refusal = Refusal::new(400, "MissingApiVersionParameter", message.to_owned());
        return Answer::refused(&refusal);
    }
    if let Err(refusal) = permissions::check(world, call) {
        return Answer::refused(&refusal);
    }
    world.settle();
    router::route(shared, world, call).unwrap_or_else(|refusal| Answer::refused(&refusal))
}

/// Returns whether a call carries the token that it has to carry.
fn is_known(world: &World, call: &Call) -> bool {
    let bearer = call.bearer.as_deref();
    if let Some(token) = &world.token {
        return bearer == Some(token.as_str());
    }
    let now = world.clock.now().wall;
    !world.require_token
        || bearer.is_some_and(|bearer| identity::token::is_good(&world.identity, bearer, now))
}

/// What ARM sends with a 401.
fn challenge(world: &World) -> String {
    format!(
        "Bearer authorization_uri=\"https://login.microsoftonline.com/{}\", \
         error=\"invalid_token\", \
         error_description=\"The access token is missing, expired or invalid.\"",
        world.identity.tenant
    )
}

/// The answer of a fault that takes the place of the call's own.
fn instead(world: &World, effect: Option<&Effect>) -> Answer {
    match effect {
        Some(Effect::Refuse {
            status,
            code,
            message,
            flat,
            retry_after,
        }) => {
            let code = code
                .as_deref()
                .unwrap_or_else(|| faults::usual_code(*status));
            let message = message
                .clone()
                .unwrap_or_else(|| "The call is refused.".to_owned());
            let refusal = Refusal::new(*status, code, message);
            let body = if *flat {
                refusal.flat_body()
            } else {
                refusal.body()
            };
            let mut answer = Answer::json(*status, body);
            if let Some(seconds) = retry_after {
                answer = answer.with("retry-after", &seconds.to_string());
            }
            if *status == 401 {
                answer = answer.with("www-authenticate", &challenge(world));
            }
            answer
        }
        Some(Effect::Redirect { to }) => Answer::empty(307).with("location", to),
        _ => Answer::empty(500),
    }
}
