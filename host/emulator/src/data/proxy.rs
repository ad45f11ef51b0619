//! Forwards a request to the upstream of a revision. Bodies are buffered, both ways, up to a bound;
//! hop-by-hop headers stay behind (RFC 9110, section 7.6.1).

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, HeaderName, Request, Response, header};

use crate::serve::Shared;

/// Largest request body that is forwarded.
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

/// Why an upstream could not answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ForwardError {
    #[error("the request body is not readable or larger than {BODY_BYTES_MAX} bytes")]
    Body,
    #[error("{0}")]
    Upstream(#[from] reqwest::Error),
}

/// Sends the request to `origin` and returns its answer.
pub(crate) async fn forward(
    shared: &Shared,
    origin: &str,
    request: Request<Body>,
) -> Result<Response<Body>, ForwardError> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, BODY_BYTES_MAX)
        .await
        .map_err(|_| ForwardError::Body)?;
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let mut headers = end_to_end(&parts.headers);
    headers.remove(header::HOST);
    let sent = shared
        .client
        .request(parts.method, format!("{origin}{path}"));
    let answer = sent.headers(headers).body(body).send().await?;
    let status = answer.status();
    let headers = end_to_end(answer.headers());
    let mut response = Response::new(Body::from(answer.bytes().await?));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Ok(response)
}

/// The length is left out too: the body is whole, so it is known again.
fn end_to_end(headers: &HeaderMap) -> HeaderMap {
    let mut kept = headers.clone();
    for name in HOP_BY_HOP.iter().chain([&header::CONTENT_LENGTH]) {
        kept.remove(name);
    }
    kept
}
