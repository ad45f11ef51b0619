//! The data plane: requests to the hosts of apps, revisions and labels, split by weight. `route`
//! finds the revision, `web_app` or `proxy` replies for it, and the reply is counted here. Never
//! changes what the control plane shows, except counts and replicas that scale from zero.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderValue, Request, Response, StatusCode, header};
use tokio::time::Instant;

mod proxy;
mod route;
mod web_app;

use route::{Destination, ServedBy};
use web_app::{AppReply, METRICS_PATH};

use crate::http::ConnectionReset;
use crate::shared::{DataHost, Shared};
use crate::world::revision::Revision;
use crate::world::shop::{self, AppRequest};

/// The largest body that the shop reads.
const SHOP_BODY_BYTES_MAX: usize = 64 * 1024;

/// Replies to one request at a listener of `host`. A `Host` header in the emulator's domain takes
/// precedence over the listener.
pub(crate) async fn answer(
    shared: &Arc<Shared>,
    request: Request<Body>,
    host: &DataHost,
) -> Result<Response<Body>, ConnectionReset> {
    let routed = {
        let mut world = shared.world();
        let named = request
            .headers()
            .get(header::HOST)
            .and_then(|name| name.to_str().ok());
        let named = named.and_then(|name| route::host_by_name(&world, name));
        route::route(&mut world, named.as_ref().unwrap_or(host))
    };
    let mut response = match routed.destination {
        Destination::Platform { status, text } => text_response(status, text),
        Destination::WebApp { weight, latency } => {
            let served = routed.served.as_ref();
            let served = served.expect("a web app runs in a revision");
            serve_web_app(shared, served, weight, latency, request).await
        }
        Destination::Upstream { origin } => match proxy::forward(shared, &origin, request).await {
            Ok(response) => response,
            Err(error) => text_response(502, format!("the upstream did not reply: {error}")),
        },
    };
    if let Some(served) = routed.served {
        let name = HeaderValue::from_str(&served.revision).expect("names are checked");
        response.headers_mut().insert("x-revision", name);
        count(shared, &served, response.status());
    }
    Ok(response)
}

/// Counts a reply, for the measured split and for the metrics.
fn count(shared: &Shared, served: &ServedBy, status: StatusCode) {
    let status = status.as_u16();
    let mut world = shared.world();
    let now = world.clock.now().wall;
    world
        .meter
        .reply(&served.app, &served.revision, status, now);
    if let Some(app) = world.find_app(&served.app)
        && let Some(revision) = app.find_revision(&served.revision)
    {
        revision.served.reply(served.routing, status);
    }
}

/// Lets the web app serve a request in its own time, and count it.
async fn serve_web_app(
    shared: &Arc<Shared>,
    served: &ServedBy,
    weight: u32,
    latency: Duration,
    request: Request<Body>,
) -> Response<Body> {
    let gone = || text_response(503, format!("the revision {} is gone", served.revision));
    if request.uri().path() == METRICS_PATH {
        let page = with_revision(shared, served, |revision| web_app::metrics(revision));
        return page.map_or_else(gone, web_app_response);
    }
    let arrived = Instant::now();
    let is_users = web_app::is_users(request.uri().path());
    let reply = web_app_reply(shared, served, weight, request).await;
    if !latency.is_zero() {
        tokio::time::sleep(latency).await;
    }
    if let Some(reply) = &reply
        && is_users
    {
        with_revision(shared, served, |revision| {
            let instruments = &mut revision.web_app.instruments;
            instruments.observe(reply.status, arrived.elapsed());
        });
    }
    reply.map_or_else(gone, web_app_response)
}

/// Does something with the revision that serves; nothing if it has been deleted meanwhile.
fn with_revision<T>(
    shared: &Shared,
    served: &ServedBy,
    act: impl FnOnce(&mut Revision) -> T,
) -> Option<T> {
    let mut world = shared.world();
    let revision = world
        .find_app(&served.app)?
        .find_revision(&served.revision)?;
    Some(act(revision))
}

/// Reads the parts of a request that the web app needs, and lets it reply. Returns `None` if its
/// revision has been deleted meanwhile.
async fn web_app_reply(
    shared: &Arc<Shared>,
    served: &ServedBy,
    weight: u32,
    request: Request<Body>,
) -> Option<AppReply> {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path();
    let body = if shop::reads_body(&parts.method, path) {
        to_bytes(body, SHOP_BODY_BYTES_MAX).await.ok()
    } else {
        Some(Bytes::new())
    };
    let authorization = parts.headers.get(header::AUTHORIZATION);
    let request = AppRequest {
        method: &parts.method,
        path,
        authorization: authorization.and_then(|value| value.to_str().ok()),
        body,
    };
    with_revision(shared, served, |revision| {
        web_app::reply(revision, weight, &request)
    })
}

fn text_response(status: u16, text: String) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = StatusCode::from_u16(status).expect("a constant status is valid");
    let text = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, text);
    response
}

fn web_app_response(reply: AppReply) -> Response<Body> {
    let mut response = Response::new(Body::from(reply.body));
    *response.status_mut() = StatusCode::from_u16(reply.status).expect("behaviours are checked");
    let content_type = HeaderValue::try_from(reply.content_type).expect("behaviours are checked");
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, content_type);
    response
}
