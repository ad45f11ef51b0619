//! lockgate's own HTTP client below `azure_identity`: the same root certificates, proxy rules and refusal of
//! redirects as for the management API.

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

use super::variables::variable;

/// For one request, to the last byte.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Longer than any answer with a token.
const BODY_BYTES_MAX: usize = 1024 * 1024;
/// The metadata service of a virtual machine.
const METADATA_HOST: &str = "169.254.169.254";
/// The variable with which the Azure SDKs move the metadata service to another address.
const METADATA_VARIABLE: &str = "AZURE_POD_IDENTITY_AUTHORITY_HOST";

/// Returns the options of a credential that sends each request once, through this client.
pub(super) fn options(http: &reqwest::Client) -> ClientOptions {
    ClientOptions {
        transport: Some(Transport::new(Arc::new(IdentityTransport(http.clone())))),
        // `entra` decides which requests are sent again.
        retry: RetryOptions::none(),
        ..ClientOptions::default()
    }
}

struct IdentityTransport(reqwest::Client);

impl fmt::Debug for IdentityTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdentityTransport")
    }
}

#[async_trait::async_trait]
impl HttpClient for IdentityTransport {
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
            let kind = if error.is_connect() {
                ErrorKind::Connection
            } else {
                ErrorKind::Io
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
                let reason = format!("the answer is longer than {BODY_BYTES_MAX} bytes");
                return Err(Error::with_message(ErrorKind::Io, reason));
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

/// Returns the URL with the host of the metadata service replaced where the environment moves it.
fn located(url: &Url) -> Url {
    let mut url = url.clone();
    if url.host_str() == Some(METADATA_HOST)
        && let Some(moved) = variable(METADATA_VARIABLE)
        && let Ok(moved) = Url::parse(&moved)
    {
        // Each of these fails only for a URL without a host.
        let _ = url.set_scheme(moved.scheme());
        let _ = url.set_host(moved.host_str());
        let _ = url.set_port(moved.port());
    }
    url
}
