//! Forwards a request to the upstream of a revision. Buffers both bodies; the request's body is
//! bounded. Must not forward hop-by-hop headers (RFC 9110, section 7.6.1).

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, HeaderName, Request, Response, header};

use crate::shared::Shared;

/// The largest request body that is forwarded.
const BODY_BYTES_MAX: usize = 16 * 1024 * 1024;

const HOP_BY_HOP: [HeaderName; 7] = [
    header::CONNECTION,
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// Why a request could not be forwarded.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProxyError {
    #[error("the request body is not readable or larger than {BODY_BYTES_MAX} bytes")]
    Body,
    #[error("{0}")]
    Upstream(#[from] reqwest::Error),
}

/// Sends the request to `origin` and returns its reply.
pub(crate) async fn forward(
    shared: &Shared,
    origin: &str,
    request: Request<Body>,
) -> Result<Response<Body>, ProxyError> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, BODY_BYTES_MAX)
        .await
        .map_err(|_| ProxyError::Body)?;
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let mut headers = end_to_end(&parts.headers);
    headers.remove(header::HOST);
    let sent = shared
        .client
        .request(parts.method, format!("{origin}{path}"));
    let reply = sent.headers(headers).body(body).send().await?;
    let status = reply.status();
    let headers = end_to_end(reply.headers());
    let mut response = Response::new(Body::from(reply.bytes().await?));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Ok(response)
}

/// Returns the headers to forward. Drops the length too, because the server sets it again.
fn end_to_end(headers: &HeaderMap) -> HeaderMap {
    let mut kept = headers.clone();
    for name in HOP_BY_HOP.iter().chain([&header::CONTENT_LENGTH]) {
        kept.remove(name);
    }
    kept
}
