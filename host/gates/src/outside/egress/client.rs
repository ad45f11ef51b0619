//! The client that asks for a gate: no redirects, no proxy, no cookies, no decompression; every address judged where it
//! is dialled; bodies counted while they arrive.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy as Redirects;

use super::origins::{Permit, permits_address};
use crate::outside::exchange::{ExchangeError, HttpRequest, HttpResponse};

/// For one connection, TLS included.
const CONNECT: Duration = Duration::from_secs(5);

/// The clients of one gate; nothing is shared with other gates.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    open: reqwest::Client,
    /// For origins that name this machine literally.
    loopback: reqwest::Client,
}

impl Client {
    /// Builds them.
    ///
    /// # Errors
    /// When TLS cannot be set up on this machine.
    pub(crate) fn new() -> Result<Client, reqwest::Error> {
        Ok(Client {
            open: build(false)?,
            loopback: build(true)?,
        })
    }

    /// Sends a permitted request and reads the whole answer.
    pub(crate) async fn send(
        &self,
        permit: Permit,
        asked: HttpRequest,
    ) -> Result<HttpResponse, ExchangeError> {
        let client = match permit.loopback {
            true => &self.loopback,
            false => &self.open,
        };
        let limit = asked.response_body_bytes_max;
        let header_limit = asked.header_bytes_max;
        let request = request(client, permit, &asked)?;
        let began = Instant::now();
        let exchange = async {
            let response = client.execute(request).await.map_err(failure)?;
            read(response, limit, header_limit).await
        };
        let mut answer = match tokio::time::timeout(asked.timeout, exchange).await {
            Ok(answer) => answer?,
            Err(_) => return Err(ExchangeError::Timeout),
        };
        answer.elapsed_ms = began.elapsed().as_secs_f64() * 1_000.0;
        Ok(answer)
    }
}

fn build(loopback: bool) -> Result<reqwest::Client, reqwest::Error> {
    reqwest::Client::builder()
        .redirect(Redirects::none())
        .no_proxy()
        .referer(false)
        .http1_only()
        .connect_timeout(CONNECT)
        .pool_max_idle_per_host(2)
        .user_agent(concat!("lockgate/", env!("CARGO_PKG_VERSION")))
        .dns_resolver(Arc::new(Judging { loopback }))
        .build()
}

fn request(
    client: &reqwest::Client,
    permit: Permit,
    asked: &HttpRequest,
) -> Result<reqwest::Request, ExchangeError> {
    let invalid = |what: &str| ExchangeError::Invalid(what.to_owned());
    let method = reqwest::Method::from_bytes(asked.method.as_bytes())
        .ok()
        .filter(|method| method.as_str().bytes().all(|b| b.is_ascii_uppercase()))
        .ok_or_else(|| invalid("the method is not an upper-case token"))?;
    if matches!(method, reqwest::Method::CONNECT | reqwest::Method::TRACE) {
        return Err(invalid("CONNECT and TRACE are not asked"));
    }
    let Permit { url, fields, .. } = permit;
    let is_operators = |name: &str| {
        fields
            .iter()
            .any(|(field, _)| field.eq_ignore_ascii_case(name))
    };
    let guests = asked.headers.iter().filter(|(name, _)| !is_operators(name));
    let mut request = client.request(method, url);
    for (name, value) in guests.chain(&fields) {
        request = request.header(name, value);
    }
    if let Some(body) = &asked.body {
        request = request.body(body.clone());
    }
    request
        .build()
        .map_err(|error| ExchangeError::Invalid(innermost(&error)))
}

async fn read(
    mut response: reqwest::Response,
    limit: usize,
    header_limit: usize,
) -> Result<HttpResponse, ExchangeError> {
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
    match error.is_timeout() {
        true => ExchangeError::Timeout,
        false => ExchangeError::Unreachable(innermost(&error)),
    }
}

/// The innermost cause says what happened; the outer ones repeat the URL.
fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

/// Resolves a name and keeps only addresses that may be dialled: what was judged is what is dialled.
#[derive(Debug)]
struct Judging {
    loopback: bool,
}

#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct ForbiddenAddress(String);

impl Resolve for Judging {
    fn resolve(&self, name: Name) -> Resolving {
        let loopback = self.loopback;
        Box::pin(async move {
            let found: Vec<SocketAddr> =
                tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let mut permitted = Vec::new();
            let mut refused = None;
            for address in found {
                match permits_address(address.ip(), loopback) {
                    Ok(()) => permitted.push(address),
                    Err(why) => refused = Some(format!("{} resolves to {why}", name.as_str())),
                }
            }
            match (permitted.is_empty(), refused) {
                (true, Some(why)) => Err(ForbiddenAddress(why).into()),
                _ => Ok(Box::new(permitted.into_iter()) as Addrs),
            }
        })
    }
}

#[cfg(test)]
mod tests;
