//! One call of the control port, from the wire to its reply. The emulator's own paths go to
//! `admin`. All other calls are logged, meet the fault rules, and go to `identity` or, with a good
//! token, to `control`. Arrival is one step under the lock of the world, application and reply
//! another; a delay may lie between the two.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::{HeaderValue, Request, Response, header};
use serde_json::Value;
use tokio::task::JoinHandle;

use crate::admin::{OtherWrite, SOMEBODY_ELSE};
use crate::control::Interference;
use crate::http::{ConnectionReset, HttpCall, Reply};
use crate::refusal::{Refusal, usual_code};
use crate::scenario::Effect;
use crate::shared::Shared;
use crate::world::World;
use crate::world::faults::CallView;
use crate::world::log::LoggedCall;
use crate::{admin, control, identity};

/// The largest body that ARM accepts is 4 MB. A larger one is read as an empty body.
const BODY_BYTES_MAX: usize = 4 * 1024 * 1024;

/// A call that has been logged and has met the fault rules.
struct Arrival {
    /// The number of the call in the log.
    number: u64,
    effect: Option<Effect>,
}

/// Answers one call. The `Date` header shows the world's clock.
pub(crate) async fn answer(
    shared: &Arc<Shared>,
    request: Request<Body>,
    scheme: &'static str,
    door: Option<&str>,
) -> Result<Response<Body>, ConnectionReset> {
    let mut response = respond(shared, request, scheme, door).await?;
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
    door: Option<&str>,
) -> Result<Response<Body>, ConnectionReset> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, BODY_BYTES_MAX).await.unwrap_or_default();
    let call = HttpCall::read(&parts, &body, scheme, door);
    if let ["_emulator", rest @ ..] = call.segments().as_slice() {
        return Ok(admin::answer(&mut shared.world(), &call, rest).into_response());
    }
    let Arrival { number, effect } = arrive(&mut shared.world(), &call);
    match effect {
        Some(Effect::Delay { ms }) => {
            let task = perform_later(shared, call, number, None, ms);
            task.await.unwrap_or(Err(ConnectionReset))
        }
        Some(Effect::Late { ms }) => {
            let lost = Some(Effect::AppliedButAnswerLost);
            // The task is detached: it ends with its call, or with the emulator.
            drop(perform_later(shared, call, number, lost, ms));
            Err(ConnectionReset)
        }
        effect => perform(shared, &call, number, effect),
    }
}

/// Performs a call after a delay, in a task of its own: a slow write is applied even if its client
/// has gone away.
fn perform_later(
    shared: &Arc<Shared>,
    call: HttpCall,
    number: u64,
    effect: Option<Effect>,
    delay_ms: u64,
) -> JoinHandle<Result<Response<Body>, ConnectionReset>> {
    let (shared, delay) = (Arc::clone(shared), Duration::from_millis(delay_ms));
    tokio::spawn(async move {
        tokio::select! {
            () = shared.closed() => Err(ConnectionReset),
            () = tokio::time::sleep(delay) => perform(&shared, &call, number, effect),
        }
    })
}

/// Applies a call and replies, each as far as the call's fault allows.
fn perform(
    shared: &Arc<Shared>,
    call: &HttpCall,
    number: u64,
    effect: Option<Effect>,
) -> Result<Response<Body>, ConnectionReset> {
    if let Some(Effect::Reset) = effect {
        return Err(ConnectionReset);
    }
    let mut world = shared.world();
    let now_ms = world.clock.elapsed_ms();
    world.log.perform(number, now_ms);
    let reply = match reply_instead(&world, effect.as_ref()) {
        Some(reply) => reply,
        None => apply(shared, &mut world, call, &Interference::of(effect.as_ref())),
    };
    if let Some(Effect::AppliedButAnswerLost) = effect {
        return Err(ConnectionReset);
    }
    world.log.replied(number, reply.status);
    if let Some(Effect::Truncated) = effect {
        return Ok(reply.into_truncated_response());
    }
    if let Some(Effect::ForeignWrite { traffic, tags }) = effect
        && let Some(app) = call.app()
    {
        let write = OtherWrite {
            client: SOMEBODY_ELSE.to_owned(),
            traffic,
            tags,
        };
        // A call about an app that does not exist changes nothing.
        let _ = admin::write_as_other(&mut world, app, write);
    }
    Ok(reply.into_response())
}

fn arrive(world: &mut World, call: &HttpCall) -> Arrival {
    let body = String::from_utf8_lossy(&call.raw_body);
    let view = CallView {
        method: &call.method,
        path: &call.path,
        body: &body,
        client: &call.client,
    };
    let effect = world.faults.meet(view, world.clock.now().instant);
    let number = world.log.arrive(LoggedCall {
        n: 0,
        client: call.client.clone(),
        method: call.method.clone(),
        path: call.path.clone(),
        query: call.query_without_signature(),
        body: call
            .body
            .clone()
            .unwrap_or_else(|| Value::from(identity::redact_form(&body))),
        status: None,
        fault: effect.as_ref().map(Effect::name),
        at_ms: world.clock.elapsed_ms(),
        performed_ms: None,
        shown: None,
    });
    Arrival { number, effect }
}

fn apply(
    shared: &Arc<Shared>,
    world: &mut World,
    call: &HttpCall,
    interference: &Interference,
) -> Reply {
    if let Some(reply) = identity::answer(world, call) {
        return reply;
    }
    if !identity::has_good_token(world, call) {
        return identity::unauthorized(world);
    }
    control::answer(shared, world, call, interference)
}

/// Returns the reply of a fault that takes the place of the call's own reply.
fn reply_instead(world: &World, effect: Option<&Effect>) -> Option<Reply> {
    match effect? {
        Effect::Refuse {
            status,
            code,
            message,
            flat,
            retry_after,
        } => {
            let code = code.as_deref().unwrap_or_else(|| usual_code(*status));
            let message = message.as_deref().unwrap_or("The call is refused.");
            let refusal = Refusal::new(*status, code, message.to_owned());
            let body = if *flat {
                refusal.flat_body()
            } else {
                refusal.body()
            };
            let mut reply = Reply::json(*status, body);
            if let Some(seconds) = retry_after {
                reply = reply.with("retry-after", &seconds.to_string());
            }
            if *status == 401 {
                reply = reply.with("www-authenticate", &identity::challenge(world));
            }
            Some(reply)
        }
        Effect::Redirect { to } => Some(Reply::empty(307).with("location", to)),
        Effect::Reset
        | Effect::AppliedButAnswerLost
        | Effect::Truncated
        | Effect::StaleRead { .. }
        | Effect::StuckOperation
        | Effect::OperationFailed { .. }
        | Effect::ForeignWrite { .. }
        | Effect::SlowOperation { .. }
        | Effect::Delay { .. }
        | Effect::Late { .. } => None,
    }
}
