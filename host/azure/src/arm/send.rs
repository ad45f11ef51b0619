//! One attempt of one request: the token, the connection of its lane, and what the answer is.
//!
//! A token is sent to the endpoint's own origin and to no other. The request is sent a second time only when the
//! service refused the token and another one is available.

use jiff::Timestamp;
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderValue};
use reqwest::{Method, Response};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tracing::Instrument as _;

use super::call::{Call, Lane};
use super::connection::Connection;
use super::error::{ArmError, Rejection};
use super::headers::{request_id, retry_after};
use super::subject::Subject;
use super::trace::TracedCall;
use crate::credential::Token;
use crate::endpoint::host_of;

/// More than the largest list of revisions that the service returns on one page.
const BODY_BYTES_MAX: usize = 32 * 1024 * 1024;

/// An answer with a status of success.
#[derive(Debug)]
pub(super) struct ArmResponse {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    /// An error when the body did not arrive whole.
    body: Result<Vec<u8>, ArmError>,
}

impl ArmResponse {
    /// Returns the body as a document.
    pub(super) fn document<T: DeserializeOwned>(self, call: &Call) -> Result<T, ArmError> {
        let body = self.body?;
        serde_json::from_slice(&body).map_err(|error| {
            // Serde names line and column, and reports a text that ends too early.
            call.unreadable(&format!("{} bytes, {error}", body.len()))
        })
    }
}

impl Connection {
    /// Sends a request once, and a second time with another token when the first was refused.
    pub(super) async fn attempt(
        &self,
        method: Method,
        call: &Call,
        body: Option<&Value>,
    ) -> Result<ArmResponse, ArmError> {
        let token = self.tokens.current(call.lane.token_use()).await?;
        let error = match self.exchange(&method, call, body, token.as_ref()).await {
            Err(error) if error.status() == Some(401) => error,
            other => return other,
        };
        match self.tokens.renewed(token.as_ref()).await? {
            Some(renewed) => self.exchange(&method, call, body, Some(&renewed)).await,
            None => Err(error),
        }
    }

    async fn exchange(
        &self,
        method: &Method,
        call: &Call,
        body: Option<&Value>,
        token: Option<&Token>,
    ) -> Result<ArmResponse, ArmError> {
        if !self.endpoint.owns(&call.url) {
            let host = host_of(&call.url);
            return Err(ArmError::ForeignHost { host });
        }
        let traced = TracedCall::begin(method, call);
        let exchange = self.exchange_once(method, call, body, token);
        let answered = exchange.instrument(traced.span()).await;
        let answer = answered.as_ref();
        traced.end(answer.map(|response| (response.status, &response.headers)));
        answered
    }

    async fn exchange_once(
        &self,
        method: &Method,
        call: &Call,
        body: Option<&Value>,
        token: Option<&Token>,
    ) -> Result<ArmResponse, ArmError> {
        let host = host_of(&call.url);
        let policy = &self.retry_policy;
        let (http, timeout) = match call.lane {
            Lane::Ordinary if call.subject == Subject::Revisions => {
                (&self.http, policy.list_timeout)
            }
            Lane::Ordinary => (&self.http, policy.attempt_timeout),
            Lane::Rollback => (&self.rollback_http, policy.rollback_attempt_timeout),
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
        let lost =
            |error| ArmError::transport(host.clone(), call.subject.doing(), Some(&call.app), error);
        let sent = Timestamp::now();
        let response = request.send().await.map_err(lost)?;
        self.skew.note(sent, response.headers());
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let body = body_of(response, call, lost).await;
        if (200..300).contains(&status) {
            return Ok(ArmResponse {
                status,
                headers,
                body,
            });
        }
        let text = body.unwrap_or_default();
        let mut rejection = Rejection::new(status, &text, call.app.clone(), call.subject.clone());
        rejection.request_id = request_id(&headers);
        rejection.retry_after = retry_after(&headers);
        Err(ArmError::Rejected(Box::new(rejection)))
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
