//! The HTTP client of one gate: no redirects, no proxy, no cookies, no decompression.
//!
//! Bodies are counted while they arrive. What may be requested is decided in `policy.rs`, which addresses names may lead to
//! in `resolver.rs`, and whose fault a failure is in `failure.rs`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::dns::Resolve;
use reqwest::redirect::Policy as Redirects;
use url::Url;

use super::addresses::Loopback;
use super::failure::{failure, innermost};
use super::policy::PermittedUrl;
use super::resolver::{CheckedResolver, Resolution};
use crate::outside::exchange::{ExchangeError, HttpRequest, HttpResponse};
use crate::outside::secrets::KnownSecrets;

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

    /// Sends a request to a permitted URL and reads the whole response. Tokens that it carries are added to `secrets` before
    /// they are sent; minting one does not count towards the time of the exchange.
    ///
    /// # Errors
    /// When there is no complete response within the limits. The request may have been received all the same.
    pub(crate) async fn send(
        &self,
        permitted: PermittedUrl,
        request: HttpRequest,
        secrets: &KnownSecrets,
    ) -> Result<HttpResponse, ExchangeError> {
        let client = match permitted.loopback {
            Loopback::Allowed => &self.loopback,
            Loopback::Refused => &self.open,
        };
        let host = permitted.url.host_str().unwrap_or_default().to_owned();
        let fields = permitted.fields_for(&request, secrets).await?;
        let prepared = prepare(client, permitted.url, &fields, &request)?;
        let began = Instant::now();
        let resolution = Resolution::default();
        let exchange = resolution.of(async {
            let response = client.execute(prepared).await;
            read(response.map_err(|error| failure(&error))?, &request).await
        });
        let outcome = tokio::time::timeout(request.timeout, exchange).await;
        let outcome = outcome.unwrap_or(Err(ExchangeError::Timeout));
        let mut response = outcome.map_err(|error| match error {
            ExchangeError::Timeout if resolution.is_pending() => ExchangeError::Unresolved(
                format!("{host} is not resolved from this machine: no answer in time"),
            ),
            error => error,
        })?;
        response.elapsed_ms = began.elapsed().as_secs_f64() * 1_000.0;
        Ok(response)
    }
}

fn build(loopback: Loopback) -> Result<reqwest::Client, reqwest::Error> {
    resolving_with(CheckedResolver { loopback })
}

fn resolving_with(resolver: impl Resolve + 'static) -> Result<reqwest::Client, reqwest::Error> {
    reqwest::Client::builder()
        .redirect(Redirects::none())
        .no_proxy()
        .referer(false)
        .http1_only()
        .connect_timeout(CONNECT_TIMEOUT)
        .pool_max_idle_per_host(2)
        .user_agent(concat!("lockgate/", env!("CARGO_PKG_VERSION")))
        .dns_resolver(Arc::new(resolver))
        .build()
}

/// Makes reqwest's request, with the operator's header fields in the place of the guest's.
fn prepare(
    client: &reqwest::Client,
    url: Url,
    fields: &[(String, String)],
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
    let is_set_by_operator = |name: &str| {
        fields
            .iter()
            .any(|(field, _)| field.eq_ignore_ascii_case(name))
    };
    let own = request.headers.iter();
    let own = own.filter(|(name, _)| !is_set_by_operator(name));
    let mut prepared = client.request(method, url);
    for (name, value) in own.chain(fields) {
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
    while let Some(chunk) = response.chunk().await.map_err(|error| failure(&error))? {
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

#[cfg(test)]
mod tests;
