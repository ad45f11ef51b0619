//! The data plane: requests to the hosts of apps, revisions and labels, really split by weight.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderValue, Request, Response, StatusCode, header};

use crate::serve::{Reset, Shared};
use crate::world::shop::{self, Ask};

mod proxy;
mod route;
mod web_app;

use route::{Reply, ServedBy};

/// Whom a listener belongs to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Host {
    App(String),
    Revision { app: String, revision: String },
    Label { app: String, label: String },
}

/// Answers one request that came in at a listener of `host`.
pub(crate) async fn answer(
    shared: &Arc<Shared>,
    request: Request<Body>,
    host: &Host,
) -> Result<Response<Body>, Reset> {
    let routed = {
        let mut world = shared.world();
        let named = request
            .headers()
            .get(header::HOST)
            .and_then(|name| name.to_str().ok());
        let named = named.and_then(|name| route::host_by_name(&world, name));
        route::route(&mut world, named.as_ref().unwrap_or(host))
    };
    let mut response = match routed.reply {
        Reply::Platform { status, text } => text_response(status, text),
        Reply::WebApp { weight, latency } => {
            let served = routed.served.as_ref();
            let served = served.expect("a web app runs in a revision");
            let answer = web_app_answer(shared, served, weight, request).await;
            if !latency.is_zero() {
                tokio::time::sleep(latency).await;
            }
            answer.map_or_else(
                || text_response(503, format!("the revision {} is gone", served.revision)),
                web_app_response,
            )
        }
        Reply::Upstream { origin } => match proxy::forward(shared, &origin, request).await {
            Ok(response) => response,
            Err(error) => text_response(502, format!("the upstream did not answer: {error}")),
        },
    };
    if let Some(served) = routed.served {
        let name = HeaderValue::from_str(&served.revision).expect("names are checked");
        response.headers_mut().insert("x-revision", name);
        let status = response.status().as_u16();
        let mut world = shared.world();
        let now = world.clock.now().wall;
        world
            .metered
            .answer(&served.app, &served.revision, status, now);
        if let Some(app) = world.find_app(&served.app)
            && let Some(revision) = app.find_revision(&served.revision)
        {
            revision.served.answer(served.way, status);
        }
    }
    Ok(response)
}

/// Reads what the web app looks at, and lets it answer; nothing if its revision is gone by then.
async fn web_app_answer(
    shared: &Arc<Shared>,
    served: &ServedBy,
    weight: u32,
    request: Request<Body>,
) -> Option<web_app::Answer> {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path();
    let body = if shop::reads_body(&parts.method, path) {
        to_bytes(body, SHOP_BODY_BYTES_MAX).await.ok()
    } else {
        Some(Bytes::new())
    };
    let authorization = parts.headers.get(header::AUTHORIZATION);
    let ask = Ask {
        method: &parts.method,
        path,
        authorization: authorization.and_then(|value| value.to_str().ok()),
        body,
    };
    let mut world = shared.world();
    let revision = world
        .find_app(&served.app)?
        .find_revision(&served.revision)?;
    Some(web_app::answer(revision, weight, &ask))
}

fn text_response(status: u16, text: String) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = StatusCode::from_u16(status).expect("a status of our own");
    let text = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, text);
    response
}

fn web_app_response(answer: web_app::Answer) -> Response<Body> {
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = StatusCode::from_u16(answer.status).expect("behaviours are checked");
    let content_type = HeaderValue::try_from(answer.content_type).expect("behaviours are checked");
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, content_type);
    response
}

/// Largest body that the shop reads.
const SHOP_BODY_BYTES_MAX: usize = 64 * 1024;

/// Longest that anything in the data plane takes on purpose.
const LATENCY_MAX: Duration = Duration::from_secs(600);
