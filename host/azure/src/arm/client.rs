//! Sends one request at a time to the management API, and repeats what may be repeated.
//!
//! Reads are repeated within a budget of a few seconds. A write is repeated only when it was
//! certainly not applied: no connection, 429, or 409 because another operation runs. Redirects and
//! proxies are never followed.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderValue};
use reqwest::{Method, Response};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::time::Instant;

use super::call::{Call, Subject};
use super::error::{ArmError, Rejection, Repeat};
use crate::credential::{Credential, CredentialError, Token, TokenSource};
use crate::endpoint::{AppId, Endpoint, host_of};
use crate::wire::Page;

/// More than the largest list of revisions that the service returns on one page.
const BODY_BYTES_MAX: usize = 32 * 1024 * 1024;
/// A list that goes on for longer goes round in circles.
const PAGES_MAX: usize = 100;

/// A token with less life than this is replaced before a read.
const READ_TOKEN_SECONDS: u64 = 300;
/// A token with less life than this is replaced before a write.
const WRITE_TOKEN_SECONDS: u64 = 30;

/// How long lockgate waits for the management API. The defaults are for Azure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// For a connection, with its TLS handshake.
    pub connect: Duration,
    /// For one attempt of one request, to the last byte of the answer.
    pub attempt: Duration,
    /// After this much time no further attempt of a read is begun.
    pub read: Duration,
    /// After this much time no further attempt of a write that was not applied is begun.
    pub write: Duration,
    /// The longest first pause between attempts; doubled each time, and shortened by chance.
    pub backoff: Duration,
    /// The longest pause between attempts.
    pub backoff_max: Duration,
    /// The first pause between looks at a running operation; grows by half each time.
    pub poll: Duration,
    /// The longest pause between looks at a running operation.
    pub poll_max: Duration,
    /// For an operation to end; then its outcome is unknown.
    pub operation: Duration,
}

impl Default for Patience {
    fn default() -> Patience {
        Patience {
            connect: Duration::from_secs(3),
            attempt: Duration::from_secs(10),
            read: Duration::from_secs(5),
            write: Duration::from_secs(20),
            backoff: Duration::from_millis(500),
            backoff_max: Duration::from_secs(5),
            poll: Duration::from_millis(500),
            poll_max: Duration::from_secs(5),
            operation: Duration::from_secs(300),
        }
    }
}

/// The way to the management API, with the identity that is used there.
#[derive(Debug)]
pub struct Connection {
    pub(crate) endpoint: Endpoint,
    pub(crate) patience: Patience,
    tokens: TokenSource,
    http: reqwest::Client,
}

/// Why there is no way to the management API.
#[derive(Debug, thiserror::Error)]
pub enum ConnectionError {
    /// The TLS library finds no root certificates, or cannot start.
    #[error("TLS cannot be set up ({reason}); check the machine's root certificates")]
    Tls {
        /// What the library said.
        reason: String,
    },
}

/// A successful answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    body: Result<Vec<u8>, ArmError>,
}

impl Connection {
    /// Prepares a connection. Nothing is sent, and no token is fetched.
    ///
    /// # Errors
    /// [`ConnectionError::Tls`] when the machine has no usable root certificates.
    pub fn new(
        endpoint: Endpoint,
        credential: Credential,
        patience: Patience,
    ) -> Result<Connection, ConnectionError> {
        let loopback = [
            SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            SocketAddr::from((Ipv6Addr::LOCALHOST, 0)),
        ];
        let http = reqwest::Client::builder()
            .user_agent(concat!("lockgate/", env!("CARGO_PKG_VERSION")))
            // A redirect could carry the token elsewhere, and an ambient proxy could read it.
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .referer(false)
            // This file repeats what may be repeated; a second opinion below it would break the
            // rule for writes.
            .retry(reqwest::retry::never())
            .http1_only()
            .connect_timeout(patience.connect)
            // A connection that the service has closed meanwhile would make a write's outcome
            // unknown.
            .pool_idle_timeout(Duration::from_secs(30))
            // A resolver must not be able to move what counts as loopback to another machine.
            .resolve_to_addrs("localhost", &loopback)
            .build()
            .map_err(|error| ConnectionError::Tls {
                reason: error.to_string(),
            })?;
        Ok(Connection {
            endpoint,
            patience,
            tokens: TokenSource::new(credential),
            http,
        })
    }

    /// Gets a token now, and returns the second since 1970 when it runs out; `None` when there is
    /// none or its end is not known. Sends nothing to the management API.
    ///
    /// # Errors
    /// A sentence with the next step when no token can be had.
    pub async fn authenticate(&self) -> Result<Option<u64>, CredentialError> {
        self.tokens.expiry(READ_TOKEN_SECONDS).await
    }

    /// Returns the request about an app, or about something below it.
    pub(crate) fn call(&self, app: &AppId, below: &[&str], subject: Subject) -> Call {
        Call {
            url: self.endpoint.app_url(app, below),
            app: app.clone(),
            subject,
        }
    }

    /// Reads one document.
    pub(crate) async fn read<T: DeserializeOwned>(&self, call: &Call) -> Result<T, ArmError> {
        let mut pauses = Pauses::new(&self.patience, self.patience.read);
        loop {
            let error = match self.read_once(call).await {
                Ok(document) => return Ok(document),
                Err(error) => error,
            };
            if !pauses.wait(error.repeat_read()).await {
                return Err(error);
            }
        }
    }

    /// Reads a list, page by page. The link to the next page is followed as it is, on this host
    /// alone.
    pub(crate) async fn read_all<T: DeserializeOwned>(
        &self,
        call: Call,
    ) -> Result<Vec<T>, ArmError> {
        let mut call = call;
        let mut items = Vec::new();
        for _ in 0..PAGES_MAX {
            let page: Page<T> = self.read(&call).await?;
            items.extend(page.value.unwrap_or_default());
            let Some(link) = page.next_link.filter(|link| !link.is_empty()) else {
                return Ok(items);
            };
            call.url = self
                .endpoint
                .locate(&link)
                .ok_or_else(|| call.unreadable("the link to the next page is not a URL"))?;
        }
        Err(call.unreadable(&format!("the list has more than {PAGES_MAX} pages")))
    }

    /// Sends a PATCH until it is accepted or its outcome is not certain, and returns the accepting
    /// answer.
    pub(super) async fn patch(&self, call: &Call, body: &Value) -> Result<Answer, ArmError> {
        let mut pauses = Pauses::new(&self.patience, self.patience.write);
        loop {
            let error = match self.attempt(Method::PATCH, call, Some(body)).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            if !pauses.wait(error.repeat_write()).await {
                return Err(error);
            }
        }
    }

    /// Asks a revision's own host for its front page, without a token, and returns what came of it,
    /// for people.
    pub(crate) async fn warm_up(&self, url: &str) -> String {
        let request = self.http.get(url).timeout(self.patience.attempt);
        match request.send().await {
            Ok(response) => format!("status {}", response.status().as_u16()),
            Err(error) if error.is_timeout() => "no answer yet".to_owned(),
            Err(error) => {
                ArmError::transport(url.to_owned(), "the warm-up".to_owned(), error).to_string()
            }
        }
    }

    async fn read_once<T: DeserializeOwned>(&self, call: &Call) -> Result<T, ArmError> {
        let answer = self.attempt(Method::GET, call, None).await?;
        answer.document(call)
    }

    /// Sends a request once, and once more with a fresh token when that is what was wrong.
    pub(super) async fn attempt(
        &self,
        method: Method,
        call: &Call,
        body: Option<&Value>,
    ) -> Result<Answer, ArmError> {
        // A write, above all a rollback, does not wait for a fresh token while the old one works.
        let needed = match method {
            Method::GET => READ_TOKEN_SECONDS,
            _ => WRITE_TOKEN_SECONDS,
        };
        let token = self.tokens.current(needed).await?;
        let error = match self.exchange(&method, call, body, token.as_ref()).await {
            Err(error) if error.status() == Some(401) => error,
            other => return other,
        };
        match self.tokens.renewed(token.as_ref()).await? {
            Some(fresh) => self.exchange(&method, call, body, Some(&fresh)).await,
            None => Err(error),
        }
    }

    async fn exchange(
        &self,
        method: &Method,
        call: &Call,
        body: Option<&Value>,
        token: Option<&Token>,
    ) -> Result<Answer, ArmError> {
        let host = host_of(&call.url);
        if !self.endpoint.owns(&call.url) {
            return Err(ArmError::ForeignHost { host });
        }
        let mut request = self
            .http
            .request(method.clone(), call.url.clone())
            .timeout(self.patience.attempt)
            .header(ACCEPT, "application/json");
        if let Some(token) = token {
            let mut value = HeaderValue::from_str(&token.bearer())
                .expect("tokens are visible ASCII, checked where they come from");
            value.set_sensitive(true);
            request = request.header(AUTHORIZATION, value);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let lost = |error| ArmError::transport(host.clone(), call.subject.doing(), error);
        let response = request.send().await.map_err(lost)?;
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let body = body_of(response, call, lost).await;
        if (200..300).contains(&status) {
            return Ok(Answer {
                status,
                headers,
                body,
            });
        }
        let text = body.unwrap_or_default();
        let mut rejection = Rejection::new(status, &text, call.app.clone(), call.subject.clone());
        rejection.request_id = text_of(&headers, "x-ms-request-id");
        rejection.retry_after = retry_after(&headers);
        Err(ArmError::Rejected(Box::new(rejection)))
    }
}

impl Answer {
    pub(super) fn document<T: DeserializeOwned>(self, call: &Call) -> Result<T, ArmError> {
        let body = self.body?;
        serde_json::from_slice(&body).map_err(|error| {
            // Serde names line and column, and says when the text ends too early.
            call.unreadable(&format!("{} bytes, {error}", body.len()))
        })
    }
}

async fn body_of(
    mut response: Response,
    call: &Call,
    lost: impl Fn(reqwest::Error) -> ArmError,
) -> Result<Vec<u8>, ArmError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(&lost)? {
        if body.len() + chunk.len() > BODY_BYTES_MAX {
            return Err(call.unreadable(&format!("it is longer than {BODY_BYTES_MAX} bytes")));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Returns a header that is visible ASCII.
pub(super) fn text_of(headers: &HeaderMap, name: &str) -> Option<String> {
    Some(headers.get(name)?.to_str().ok()?.to_owned())
}

/// Returns the pause that the service asks for. The forms in milliseconds are Azure's own.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let number = |name| text_of(headers, name)?.trim().parse::<u64>().ok();
    let exact = number("retry-after-ms").or_else(|| number("x-ms-retry-after-ms"));
    exact
        .map(Duration::from_millis)
        .or_else(|| number("retry-after").map(Duration::from_secs))
}

/// The pauses between the attempts of one request: full jitter, within a budget.
struct Pauses {
    end: Instant,
    longest: Duration,
    longest_ever: Duration,
}

impl Pauses {
    fn new(patience: &Patience, budget: Duration) -> Pauses {
        Pauses {
            end: Instant::now() + budget,
            longest: patience.backoff,
            longest_ever: patience.backoff_max,
        }
    }

    /// Waits before the next attempt; returns false at once when there is to be none.
    ///
    /// A pause that the service asks for is never cut short: requests that come earlier are refused
    /// and make it longer. When it does not fit the budget, waiting is the caller's business.
    async fn wait(&mut self, repeat: Repeat) -> bool {
        let pause = match repeat {
            Repeat::Never => return false,
            Repeat::After(pause) => pause,
            Repeat::Backoff => {
                let longest = self.longest.min(self.longest_ever);
                self.longest = longest * 2;
                longest.mul_f64(rand::random::<f64>())
            }
        };
        let next = Instant::now() + pause;
        if next >= self.end {
            return false;
        }
        tokio::time::sleep_until(next).await;
        true
    }
}
