//! The HTTP client of one gate: no redirects, no proxy, no cookies, no decompression.
//!
//! Every resolved address is checked before a connection is made to it; bodies are counted while they arrive. What may be
//! requested is decided in `policy.rs`.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy as Redirects;

use super::addresses::{Loopback, check_address};
use super::policy::PermittedUrl;
use crate::outside::exchange::{ExchangeError, HttpRequest, HttpResponse};

/// The time limit for making a connection, TLS included.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The client of one gate. Gates share no connections.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    open: reqwest::Client,
    /// For origins that name this machine literally.
    loopback: reqwest::Client,
}

impl Client {
    /// Makes a client.
    ///
    /// # Errors
    /// When TLS cannot be set up on this machine.
    pub(crate) fn new() -> Result<Client, reqwest::Error> {
        Ok(Client {
            open: build(Loopback::Refused)?,
            loopback: build(Loopback::Allowed)?,
        })
    }

    /// Sends a request to a permitted URL and reads the whole response.
    ///
    /// # Errors
    /// When there is no complete response within the limits. The request may have been received all the same.
    pub(crate) async fn send(
        &self,
        permitted: PermittedUrl,
        request: HttpRequest,
    ) -> Result<HttpResponse, ExchangeError> {
        let client = match permitted.loopback {
            Loopback::Allowed => &self.loopback,
            Loopback::Refused => &self.open,
        };
        let prepared = prepare(client, permitted, &request)?;
        let began = Instant::now();
        let exchange = async {
            let response = client.execute(prepared).await.map_err(failure)?;
            read(response, &request).await
        };
        let mut response = match tokio::time::timeout(request.timeout, exchange).await {
            Ok(response) => response?,
            Err(_) => return Err(ExchangeError::Timeout),
        };
        response.elapsed_ms = began.elapsed().as_secs_f64() * 1_000.0;
        Ok(response)
    }
}

fn build(loopback: Loopback) -> Result<reqwest::Client, reqwest::Error> {
    reqwest::Client::builder()
        .redirect(Redirects::none())
        .no_proxy()
        .referer(false)
        .http1_only()
        .connect_timeout(CONNECT_TIMEOUT)
        .pool_max_idle_per_host(2)
        .user_agent(concat!("lockgate/", env!("CARGO_PKG_VERSION")))
        .dns_resolver(Arc::new(CheckedResolver { loopback }))
        .build()
}

/// Makes reqwest's request, with the operator's header fields in the place of the guest's.
fn prepare(
    client: &reqwest::Client,
    permitted: PermittedUrl,
    request: &HttpRequest,
) -> Result<reqwest::Request, ExchangeError> {
    let invalid = |what: &str| ExchangeError::Invalid(what.to_owned());
    let method = reqwest::Method::from_bytes(request.method.as_bytes())
        .ok()
        .filter(|method| method.as_str().bytes().all(|b| b.is_ascii_uppercase()))
        .ok_or_else(|| invalid("the method is not an upper-case token"))?;
    if matches!(method, reqwest::Method::CONNECT | reqwest::Method::TRACE) {
        return Err(invalid("CONNECT and TRACE are not sent"));
    }
    let PermittedUrl { url, fields, .. } = permitted;
    let is_set_by_operator = |name: &str| {
        fields
            .iter()
            .any(|(field, _)| field.eq_ignore_ascii_case(name))
    };
    let own = request.headers.iter();
    let own = own.filter(|(name, _)| !is_set_by_operator(name));
    let mut prepared = client.request(method, url);
    for (name, value) in own.chain(&fields) {
        prepared = prepared.header(name, value);
    }
    if let Some(body) = &request.body {
        prepared = prepared.body(body.clone());
    }
    prepared
        .build()
        .map_err(|error| ExchangeError::Invalid(innermost(&error)))
}

/// Reads a response within the request's limits on its size.
async fn read(
    mut response: reqwest::Response,
    request: &HttpRequest,
) -> Result<HttpResponse, ExchangeError> {
    let (limit, header_limit) = (request.response_body_bytes_max, request.header_bytes_max);
    let too_large =
        |limit: usize| ExchangeError::TooLarge(u32::try_from(limit).unwrap_or(u32::MAX));
    let headers: Vec<(String, String)> = response
        .headers()
        .iter()
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str().to_owned(), value)
        })
        .collect();
    let header_bytes: usize = headers
        .iter()
        .map(|(name, value)| name.len() + value.len())
        .sum();
    if header_bytes > header_limit {
        return Err(too_large(header_limit));
    }
    let announced = response.content_length().unwrap_or_default();
    if announced > limit as u64 {
        return Err(too_large(limit));
    }
    let status = response.status().as_u16();
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(failure)? {
        if body.len() + chunk.len() > limit {
            return Err(too_large(limit));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(HttpResponse {
        status,
        headers,
        body,
        elapsed_ms: 0.0,
    })
}

fn failure(error: reqwest::Error) -> ExchangeError {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(&error);
    while let Some(inner) = cause {
        if let Some(forbidden) = inner.downcast_ref::<ForbiddenAddress>() {
            return ExchangeError::Denied(forbidden.0.clone());
        }
        if let Some(io) = inner.downcast_ref::<io::Error>()
            && let Some(forbidden) = io
                .get_ref()
                .and_then(|e| e.downcast_ref::<ForbiddenAddress>())
        {
            return ExchangeError::Denied(forbidden.0.clone());
        }
        cause = inner.source();
    }
    if error.is_timeout() {
        ExchangeError::Timeout
    } else {
        ExchangeError::Unreachable(innermost(&error))
    }
}

/// Returns the text of the innermost cause; the outer ones repeat the URL.
fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

/// Resolves names to permitted addresses only. The client connects to these addresses without resolving again.
#[derive(Debug)]
struct CheckedResolver {
    loopback: Loopback,
}

#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct ForbiddenAddress(String);

impl Resolve for CheckedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let loopback = self.loopback;
        Box::pin(async move {
            let found: Vec<SocketAddr> =
                tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let mut permitted = Vec::new();
            let mut refused = None;
            for address in found {
                match check_address(address.ip(), loopback) {
                    Ok(()) => permitted.push(address),
                    Err(why) => refused = Some(format!("{} resolves to {why}", name.as_str())),
                }
            }
            if permitted.is_empty()
                && let Some(why) = refused
            {
                return Err(ForbiddenAddress(why).into());
            }
            Ok(Box::new(permitted.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests;
