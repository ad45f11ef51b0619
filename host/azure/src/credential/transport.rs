//! Our own HTTP client under `azure_identity`: the same certificates, proxy and time limits as for the
//! management API, and no redirects.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use azure_core::Bytes;
use azure_core::error::{Error, ErrorKind, Result};
use azure_core::http::headers::{HeaderName, HeaderValue, Headers};
use azure_core::http::request::Body;
use azure_core::http::{
    AsyncRawResponse, ClientOptions, HttpClient, Method, Request, RetryOptions, Transport,
};
use url::Url;

/// For one request, to the last byte.
const TIMEOUT: Duration = Duration::from_secs(10);
/// More than any token.
const BODY_BYTES_MAX: usize = 1024 * 1024;
/// The metadata service of a virtual machine, and the variable with which the Azure SDKs let it be
/// elsewhere.
const METADATA_HOST: &str = "169.254.169.254";
const METADATA_ELSEWHERE: &str = "AZURE_POD_IDENTITY_AUTHORITY_HOST";

/// Returns the options of a credential that sends through this client, once.
pub(super) fn options(http: &reqwest::Client) -> ClientOptions {
    ClientOptions {
        transport: Some(Transport::new(Arc::new(Client(http.clone())))),
        // What may be sent again is decided by `entra`.
        retry: RetryOptions::none(),
        ..ClientOptions::default()
    }
}

struct Client(reqwest::Client);

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Client")
    }
}

#[async_trait::async_trait]
impl HttpClient for Client {
    async fn execute_request(&self, request: &Request) -> Result<AsyncRawResponse> {
        let method = match request.method() {
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
            Method::Patch => reqwest::Method::PATCH,
            Method::Delete => reqwest::Method::DELETE,
            Method::Head => reqwest::Method::HEAD,
            _ => reqwest::Method::GET,
        };
        let mut sent = self
            .0
            .request(method, located(request.url()))
            .timeout(TIMEOUT);
        for (name, value) in request.headers().iter() {
            sent = sent.header(name.as_str(), value.as_str());
        }
        if let Body::Bytes(bytes) = request.body() {
            sent = sent.body(bytes.clone());
        }
        let failed = |error: reqwest::Error| {
            let kind = match error.is_connect() {
                true => ErrorKind::Connection,
                false => ErrorKind::Io,
            };
            Error::new(kind, error.without_url())
        };
        let mut response = sent.send().await.map_err(failed)?;
        let status = response.status().as_u16();
        let mut headers = Headers::new();
        for (name, value) in response.headers() {
            if let Ok(value) = value.to_str() {
                headers.insert(
                    HeaderName::from(name.as_str().to_owned()),
                    HeaderValue::from(value.to_owned()),
                );
            }
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            if body.len() + chunk.len() > BODY_BYTES_MAX {
                let words = "the answer is longer than any token";
                return Err(Error::with_message(ErrorKind::Io, words));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(AsyncRawResponse::from_bytes(
            status.into(),
            headers,
            Bytes::from(body),
        ))
    }
}

fn located(url: &Url) -> Url {
    let mut url = url.clone();
    if url.host_str() == Some(METADATA_HOST)
        && let Some(elsewhere) = super::variable(METADATA_ELSEWHERE)
        && let Ok(elsewhere) = Url::parse(&elsewhere)
    {
        // Each of these fails only for URLs that name no host.
        let _ = url.set_scheme(elsewhere.scheme());
        let _ = url.set_host(elsewhere.host_str());
        let _ = url.set_port(elsewhere.port());
    }
    url
}
