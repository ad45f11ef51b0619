//! Sends one request at a time to the management API, and repeats what may be repeated.
//!
//! Reads are repeated within a budget of a few seconds. A write is repeated only when it was
//! certainly not applied: no connection, 429, or 409 because another operation runs. Redirects and
//! proxies are never followed.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderValue};
use reqwest::{Method, Response};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::time::Instant;

use super::call::{Call, Lane, Subject};
use super::error::{ArmError, Rejection, Repeat};
use super::reach::Skew;
use super::retry_policy::{Pauses, RetryPolicy};
use crate::credential::{Credential, CredentialError, Token, TokenSource, Use};
use crate::endpoint::{AppId, Endpoint, host_of, is_loopback};
use crate::wire::Page;

/// More than the largest list of revisions that the service returns on one page.
const BODY_BYTES_MAX: usize = 32 * 1024 * 1024;
/// A list that goes on for longer goes round in circles.
const PAGES_MAX: usize = 100;

/// The way to the management API, with the identity that is used there.
#[derive(Debug)]
pub struct Connection {
    pub(crate) endpoint: Endpoint,
    pub(crate) retry_policy: RetryPolicy,
    tokens: TokenSource,
    pub(super) http: reqwest::Client,
    pub(super) skew: Skew,
    /// With connections of its own.
    rollback_http: reqwest::Client,
    /// When the service wants to hear of this process again, if a write did not wait for it.
    alone_until: Mutex<Option<Instant>>,
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
        retry_policy: RetryPolicy,
    ) -> Result<Connection, ConnectionError> {
        let client = || client(&endpoint, &retry_policy);
        let (identity_http, http, rollback_http) = (client()?, client()?, client()?);
        Ok(Connection {
            endpoint,
            retry_policy,
            tokens: TokenSource::new(credential, identity_http),
            http,
            skew: Skew::default(),
            rollback_http,
            alone_until: Mutex::default(),
        })
    }

    /// Gets a token now, and returns the second since 1970 when it runs out; `None` when there is
    /// none or its end is not known. Sends nothing to the management API.
    ///
    /// # Errors
    /// A sentence with the next step when no token can be had.
    pub async fn authenticate(&self) -> Result<Option<u64>, CredentialError> {
        let token = self.tokens.current(Use::Ordinary).await?;
        Ok(token.and_then(|token| token.expires()))
    }

    /// Returns how long the token lives, after an attempt to get a fresh one when that is less than
    /// `needed`; `None` when that is not known or none is sent. Sends nothing to the management API.
    ///
    /// # Errors
    /// A sentence with the next step when no token can be had.
    pub async fn token_lasts(&self, needed: Duration) -> Result<Option<Duration>, CredentialError> {
        self.tokens.lasts(needed).await
    }

    /// Returns the request about an app, or about something below it.
    pub(crate) fn call(&self, app: &AppId, below: &[&str], subject: Subject) -> Call {
        Call {
            url: self.endpoint.app_url(app, below),
            app: app.clone(),
            subject,
            lane: Lane::Ordinary,
        }
    }

    /// Reads one document.
    pub(crate) async fn read<T: DeserializeOwned>(&self, call: &Call) -> Result<T, ArmError> {
        let mut pauses = Pauses::new(&self.retry_policy, self.retry_policy.read);
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
        let mut call = call.clone();
        let budget = match call.lane {
            Lane::Ordinary => self.retry_policy.write,
            Lane::Rollback => self.retry_policy.rollback_write,
        };
        let urgent = call.lane == Lane::Rollback;
        if urgent {
            self.leave_alone().await;
        }
        let mut pauses = Pauses::new(&self.retry_policy, budget);
        loop {
            let error = match self.attempt(Method::PATCH, &call, Some(body)).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            let repeat = error.repeat_write();
            if !pauses.wait(repeat).await {
                // What was asked of a write forward does not hold up the way back.
                if let (true, Repeat::After(pause)) = (urgent, repeat) {
                    let until = Instant::now() + pause.min(self.retry_policy.asked_pause_max);
                    *self.alone_until() = Some(until);
                }
                return Err(error);
            }
            if urgent {
                // Another connection may reach another instance of the service, one that answers.
                call.lane = match call.lane {
                    Lane::Ordinary => Lane::Rollback,
                    Lane::Rollback => Lane::Ordinary,
                };
            }
        }
    }

    /// Sends a POST whose repetition changes nothing, like a read.
    pub(crate) async fn act(&self, call: &Call) -> Result<(), ArmError> {
        let mut pauses = Pauses::new(&self.retry_policy, self.retry_policy.write);
        loop {
            let error = match self.attempt(Method::POST, call, None).await {
                Ok(_) => return Ok(()),
                Err(error) => error,
            };
            if !pauses.wait(error.repeat_read()).await {
                return Err(error);
            }
        }
    }

    /// Waits while the service has asked to be left alone, within reason: requests that come earlier
    /// are refused and make it longer.
    async fn leave_alone(&self) {
        let until = self.alone_until().take();
        if let Some(until) = until {
            tokio::time::sleep_until(until).await;
        }
    }

    fn alone_until(&self) -> MutexGuard<'_, Option<Instant>> {
        self.alone_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a connection of the rollback open and a token at hand, for as long as it is awaited:
    /// when they are needed there may be no time to get them. What goes wrong here is found out by
    /// whoever needs them.
    pub(crate) async fn stay_ready(&self, call: Call) {
        let call = call.urgent();
        loop {
            let _ = self.attempt(Method::GET, &call, None).await;
            tokio::time::sleep(self.retry_policy.keep_ready).await;
        }
    }

    /// Asks a revision's own host for its front page, without a token, and returns what came of it,
    /// for people.
    pub(crate) async fn warm_up(&self, url: &str) -> String {
        let request = self.http.get(url).timeout(self.retry_policy.attempt);
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
        // A rollback does not wait for a fresh token while an old one works.
        let what_for = match call.lane {
            Lane::Ordinary => Use::Ordinary,
            Lane::Rollback => Use::Rollback,
        };
        let token = self.tokens.current(what_for).await?;
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
        let (http, timeout) = match call.lane {
            Lane::Ordinary if call.subject == Subject::Revisions => {
                (&self.http, self.retry_policy.list)
            }
            Lane::Ordinary => (&self.http, self.retry_policy.attempt),
            Lane::Rollback => (&self.rollback_http, self.retry_policy.rollback_attempt),
        };
        let mut request = http
            .request(method.clone(), call.url.clone())
            .timeout(timeout)
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
        let sent = Timestamp::now();
        let response = request.send().await.map_err(lost)?;
        self.skew.note(sent, response.headers());
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

/// Returns a client for the endpoint and for those who hand out tokens for it. A proxy of the
/// environment (`HTTPS_PROXY`, `NO_PROXY`) is used, but never for an endpoint on this machine.
fn client(endpoint: &Endpoint, policy: &RetryPolicy) -> Result<reqwest::Client, ConnectionError> {
    let loopback = [
        SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        SocketAddr::from((Ipv6Addr::LOCALHOST, 0)),
    ];
    let mut builder = reqwest::Client::builder();
    if is_loopback(endpoint.base()) {
        builder = builder.no_proxy();
    }
    builder
        .user_agent(concat!("lockgate/", env!("CARGO_PKG_VERSION")))
        // A redirect could carry the token elsewhere.
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        // This file repeats what may be repeated; a second opinion below it would break the
        // rule for writes.
        .retry(reqwest::retry::never())
        .http1_only()
        .connect_timeout(policy.connect)
        // A connection that the service has closed meanwhile would make a write's outcome
        // unknown.
        .pool_idle_timeout(Duration::from_secs(30))
        // A resolver must not be able to move what counts as loopback to another machine.
        .resolve_to_addrs("localhost", &loopback)
        .build()
        .map_err(|error| ConnectionError::Tls {
            reason: error.to_string(),
        })
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
