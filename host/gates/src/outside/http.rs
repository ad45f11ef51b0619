//! The `http` import, and the one way out that it shares with `wasi:http`: checks and counts each request, then lets the
//! policy and the client, or whoever replaces them, answer.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use crate::call::state::{Route, State, WayOut};
use crate::component::bindings::host::lockgate::plugin::http;
use crate::component::limits::Limits;
use crate::outside::egress::Denied;
use crate::outside::exchange::{ExchangeError, HttpRequest, HttpResponse};
use crate::outside::secrets::Secrets;

/// When a gate names no timeout.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Header fields in one request.
const HEADERS_MAX: usize = 100;
/// Fields that are the host's, beside those that begin with `proxy-` or `x-forwarded-`.
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

/// What one call may still send, and how it is answered: one for every import that sends. Cheap to clone; clones count
/// together.
#[derive(Clone)]
pub(crate) struct Outgoing {
    pub(crate) limits: Limits,
    way_out: WayOut,
    deadline: Instant,
    used: Arc<Used>,
}

struct Used {
    requests: AtomicU32,
    /// Answers that wait for each other must not fill the host.
    received_bytes: AtomicUsize,
    in_flight: Semaphore,
}

impl http::Host for State {
    async fn send(&mut self, request: http::Request) -> Result<http::Response, http::Error> {
        let asked = self.outgoing.admit(request);
        told(self.outgoing.answer(asked).await)
    }

    async fn send_all(
        &mut self,
        requests: Vec<http::Request>,
    ) -> Vec<Result<http::Response, http::Error>> {
        let outgoing = &self.outgoing;
        let asked = requests.into_iter().map(|request| outgoing.admit(request));
        // All are held against the limits before the first is sent.
        let asked: Vec<_> = asked.collect();
        let answers = asked.into_iter().map(|asked| outgoing.answer(asked));
        join_all(answers).await.into_iter().map(told).collect()
    }
}

impl Outgoing {
    pub(crate) fn new(limits: &Limits, way_out: WayOut, deadline: Instant) -> Outgoing {
        Outgoing {
            limits: limits.clone(),
            way_out,
            deadline,
            used: Arc::new(Used {
                requests: AtomicU32::new(0),
                received_bytes: AtomicUsize::new(0),
                in_flight: Semaphore::new(limits.in_flight),
            }),
        }
    }

    /// Counts a request and holds it against the limits.
    fn admit(&self, request: http::Request) -> Result<HttpRequest, ExchangeError> {
        self.count()?;
        self.check(request)
    }

    /// Counts a request, whatever becomes of it.
    pub(crate) fn count(&self) -> Result<(), ExchangeError> {
        let before = self.used.requests.fetch_add(1, Ordering::Relaxed);
        match before >= self.limits.requests {
            true => Err(ExchangeError::Budget(format!(
                "a call may send {} requests",
                self.limits.requests
            ))),
            false => Ok(()),
        }
    }

    /// Holds a counted request against the limits.
    pub(crate) fn check(&self, request: http::Request) -> Result<HttpRequest, ExchangeError> {
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

    /// Holds the length of a request's body against its limit.
    pub(crate) fn check_body(&self, bytes: usize) -> Result<(), ExchangeError> {
        let bytes_max = self.limits.request_body_bytes;
        match bytes > bytes_max {
            true => Err(ExchangeError::Invalid(format!(
                "a body of {bytes} bytes; at most {bytes_max} are sent"
            ))),
            false => Ok(()),
        }
    }

    /// Sends what was admitted, in its turn, and counts what comes back.
    pub(crate) async fn answer(
        &self,
        asked: Result<HttpRequest, ExchangeError>,
    ) -> Result<HttpResponse, ExchangeError> {
        let asked = asked?;
        // Never closed, so that it is a turn.
        let _turn = self.used.in_flight.acquire().await;
        let answer = exchange(&self.way_out, asked).await?;
        let bytes = answer.body.len();
        let before = self.used.received_bytes.fetch_add(bytes, Ordering::Relaxed);
        let bytes_max = self.limits.received_bytes;
        match before.saturating_add(bytes) > bytes_max {
            true => Err(ExchangeError::Budget(format!(
                "a call may receive {bytes_max} bytes in all"
            ))),
            false => Ok(answer),
        }
    }
}

/// Says whether a header field, by its name in lower case, is the host's to set.
pub(crate) fn is_hosts(name: &str) -> bool {
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
        if is_hosts(&lower) {
            return invalid(format!("the header field {lower} is the host's"));
        }
    }
    Ok(())
}

/// Says it in the contract's words.
fn told(answered: Result<HttpResponse, ExchangeError>) -> Result<http::Response, http::Error> {
    match answered {
        Ok(HttpResponse {
            status,
            headers,
            body,
            elapsed_ms,
        }) => Ok(http::Response {
            status,
            headers,
            body,
            elapsed_ms,
        }),
        Err(error) => Err(match error {
            ExchangeError::Denied(why) => http::Error::Denied(why),
            ExchangeError::Invalid(why) => http::Error::Invalid(why),
            ExchangeError::Timeout => http::Error::Timeout,
            ExchangeError::Unreachable(why) => http::Error::Unreachable(why),
            ExchangeError::TooLarge(bytes) => http::Error::TooLarge(bytes),
            ExchangeError::Budget(why) => http::Error::Budget(why),
        }),
    }
}

/// Every request of a gate goes through here, whichever import it came by.
async fn exchange(way_out: &WayOut, asked: HttpRequest) -> Result<HttpResponse, ExchangeError> {
    let Some(recorder) = &way_out.recorder else {
        return scrubbed(sent(&way_out.route, asked).await, &way_out.secrets);
    };
    let ms = || way_out.senses.elapsed().as_secs_f64() * 1_000.0;
    let began_ms = ms();
    let index = recorder.begins(&asked, began_ms);
    let answered = scrubbed(sent(&way_out.route, asked).await, &way_out.secrets);
    recorder.ends(index, &answered, ms() - began_ms);
    answered
}

/// What a service sends back of a secret reaches nobody.
fn scrubbed(
    answered: Result<HttpResponse, ExchangeError>,
    secrets: &Secrets,
) -> Result<HttpResponse, ExchangeError> {
    let text = |text: String| secrets.scrub_text(&text);
    match answered {
        Ok(mut answer) => {
            if let Cow::Owned(body) = secrets.scrub(&answer.body) {
                answer.body = body;
            }
            for (_, value) in &mut answer.headers {
                *value = secrets.scrub_text(value);
            }
            Ok(answer)
        }
        Err(ExchangeError::Denied(why)) => Err(ExchangeError::Denied(text(why))),
        Err(ExchangeError::Invalid(why)) => Err(ExchangeError::Invalid(text(why))),
        Err(ExchangeError::Unreachable(why)) => Err(ExchangeError::Unreachable(text(why))),
        Err(error) => Err(error),
    }
}

async fn sent(route: &Route, asked: HttpRequest) -> Result<HttpResponse, ExchangeError> {
    match route {
        Route::None => Err(ExchangeError::Denied(
            "nothing may be sent while a gate describes itself".to_owned(),
        )),
        Route::Recorded(player) => player.exchange(asked).await,
        Route::Live(client, policy) => {
            let permit = policy.permits(&asked.url).map_err(|denied| match denied {
                Denied::Invalid(why) => ExchangeError::Invalid(why),
                Denied::Forbidden(why) => ExchangeError::Denied(why),
            })?;
            client.send(permit, asked).await
        }
    }
}
