//! The one way out of a call: checks and counts each request, sends it by the call's route, counts the response, masks
//! secrets in it and records the exchange.
//!
//! The `http` import and `wasi:http` both send through [`Outgoing`] and share its limits. Which origins may be reached is
//! decided in `egress/`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::egress::Denied;
use super::exchange::{ExchangeError, HttpRequest, HttpResponse};
use super::route::{Outside, Route};
use super::scrub::scrubbed;
use super::visibility::Visibility;
use crate::component::bindings::host::lockgate::plugin::http::Request;
use crate::component::limits::Limits;

/// The timeout of a request that names none.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The most header fields in one request.
const HEADERS_MAX: usize = 100;
/// Header fields that only the host sets, beside those that begin with `proxy-` or `x-forwarded-`.
const HOST_FIELDS: [&str; 11] = [
    "host",
    "connection",
    "content-length",
    "transfer-encoding",
    "upgrade",
    "te",
    "trailer",
    "expect",
    "keep-alive",
    "metadata",
    "forwarded",
];

/// Sends the requests of one call within its limits. Clones count together.
#[derive(Clone)]
pub(crate) struct Outgoing {
    limits: Limits,
    outside: Outside,
    deadline: Instant,
    counters: Arc<Counters>,
}

/// What a call has used of its limits.
struct Counters {
    requests: AtomicU32,
    /// The bodies of all responses so far: a guest that holds many of them must not fill the host's memory.
    received_bytes: AtomicUsize,
    in_flight: Semaphore,
    visibility: Visibility,
}

impl Outgoing {
    pub(crate) fn new(limits: &Limits, outside: Outside, deadline: Instant) -> Outgoing {
        Outgoing {
            limits: limits.clone(),
            outside,
            deadline,
            counters: Arc::new(Counters {
                requests: AtomicU32::new(0),
                received_bytes: AtomicUsize::new(0),
                in_flight: Semaphore::new(limits.in_flight),
                visibility: Visibility::default(),
            }),
        }
    }

    /// Returns the most that header fields may have together, in bytes.
    pub(super) fn header_bytes_max(&self) -> usize {
        self.limits.header_bytes
    }

    /// Returns why an answer of this call that is no pass says nothing about the canary; `None` when it does.
    pub(crate) fn obstacle(&self) -> Option<String> {
        self.counters.visibility.obstacle()
    }

    /// Notes that the gate got a failure in a form that does not say its kind.
    pub(super) fn note_indistinct(&self) {
        self.counters.visibility.note_indistinct();
    }

    /// Counts a request and checks it against the limits.
    pub(crate) fn admit(&self, request: Request) -> Result<HttpRequest, ExchangeError> {
        self.count()?;
        self.check(request)
    }

    /// Counts a request, one that is refused later included.
    pub(super) fn count(&self) -> Result<(), ExchangeError> {
        let before = self.counters.requests.fetch_add(1, Ordering::Relaxed);
        if before >= self.limits.requests {
            return Err(ExchangeError::Budget(format!(
                "a call may send {} requests",
                self.limits.requests
            )));
        }
        Ok(())
    }

    /// Checks a counted request against the limits.
    pub(super) fn check(&self, request: Request) -> Result<HttpRequest, ExchangeError> {
        let limits = &self.limits;
        let left = self.deadline.saturating_duration_since(Instant::now());
        let timeout = match request.timeout_ms {
            Some(0) => return Err(ExchangeError::Invalid("a timeout of 0 ms".to_owned())),
            Some(ms) => Duration::from_millis(u64::from(ms)),
            None => TIMEOUT,
        };
        check_headers(&request.headers, limits.header_bytes)?;
        self.check_body(request.body.as_ref().map_or(0, Vec::len))?;
        Ok(HttpRequest {
            method: request.method,
            url: request.url,
            headers: request.headers,
            body: request.body,
            timeout: timeout.min(left),
            response_body_bytes_max: limits.response_body_bytes,
            header_bytes_max: limits.header_bytes,
        })
    }

    /// Checks the length of a request's body.
    pub(super) fn check_body(&self, bytes: usize) -> Result<(), ExchangeError> {
        let bytes_max = self.limits.request_body_bytes;
        if bytes > bytes_max {
            return Err(ExchangeError::Invalid(format!(
                "a body of {bytes} bytes; at most {bytes_max} are sent"
            )));
        }
        Ok(())
    }

    /// Sends an admitted request when fewer than the limit are in flight, and counts the bytes of the response.
    pub(crate) async fn send(
        &self,
        admitted: Result<HttpRequest, ExchangeError>,
    ) -> Result<HttpResponse, ExchangeError> {
        let request = admitted?;
        // The semaphore is never closed, so acquiring cannot fail.
        let _permit = self.counters.in_flight.acquire().await;
        let outcome = exchange(&self.outside, request).await;
        self.counters.visibility.note(&outcome);
        let response = outcome?;
        let bytes = response.body.len();
        let received = &self.counters.received_bytes;
        let before = received.fetch_add(bytes, Ordering::Relaxed);
        let bytes_max = self.limits.received_bytes;
        if before.saturating_add(bytes) > bytes_max {
            return Err(ExchangeError::Budget(format!(
                "a call may receive {bytes_max} bytes in all"
            )));
        }
        Ok(response)
    }
}

/// Returns whether only the host sets a header field, by its name in lower case.
pub(super) fn is_host_field(name: &str) -> bool {
    HOST_FIELDS.contains(&name) || name.starts_with("proxy-") || name.starts_with("x-forwarded-")
}

fn check_headers(headers: &[(String, String)], bytes_max: usize) -> Result<(), ExchangeError> {
    let invalid = |what: String| Err(ExchangeError::Invalid(what));
    if headers.len() > HEADERS_MAX {
        return invalid(format!(
            "{} header fields; at most {HEADERS_MAX} are sent",
            headers.len()
        ));
    }
    let bytes: usize = headers
        .iter()
        .map(|(name, value)| name.len() + value.len())
        .sum();
    if bytes > bytes_max {
        return invalid(format!(
            "{bytes} bytes of header fields; at most {bytes_max} are sent"
        ));
    }
    for (name, _) in headers {
        let lower = name.to_ascii_lowercase();
        if is_host_field(&lower) {
            return invalid(format!("only the host sets the header field {lower}"));
        }
    }
    Ok(())
}

/// Sends a request by the call's route, masks secrets in the outcome and records both. Every request of every gate passes
/// through here, from either import.
async fn exchange(outside: &Outside, request: HttpRequest) -> Result<HttpResponse, ExchangeError> {
    let body_bytes_max = request.response_body_bytes_max;
    let scrubbed = |outcome| scrubbed(outcome, &outside.secrets, body_bytes_max);
    let Some(recorder) = &outside.recorder else {
        return scrubbed(send(outside, request).await);
    };
    let elapsed_ms = || outside.environment.elapsed().as_secs_f64() * 1_000.0;
    let began_ms = elapsed_ms();
    let index = recorder.begin(&request, began_ms);
    let outcome = scrubbed(send(outside, request).await);
    recorder.end(index, &outcome, elapsed_ms() - began_ms);
    outcome
}

async fn send(outside: &Outside, request: HttpRequest) -> Result<HttpResponse, ExchangeError> {
    match &outside.route {
        Route::Closed => Err(ExchangeError::Denied(
            "nothing may be sent while a gate describes itself".to_owned(),
        )),
        Route::Recorded(player) => player.exchange(request).await,
        Route::Live(client, policy) => {
            let permitted = policy.permit(&request.url).map_err(|denied| match denied {
                Denied::Invalid(why) => ExchangeError::Invalid(why),
                Denied::Forbidden(why) => ExchangeError::Denied(why),
            })?;
            client
                .send(permitted, request, outside.secrets.known())
                .await
        }
    }
}
