//! The `http` import: checks and counts each request, then lets the policy and the client, or whoever replaces them,
//! answer.

use std::borrow::Cow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream;
use tokio::time::Instant;

use super::{Route, State, WayOut};
use crate::bindings::host::lockgate::plugin::http;
use crate::egress::Denied;
use crate::exchange::{Answer, Asked, ExchangeError};
use crate::secrets::Secrets;

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

/// What has come in during one call: answers that wait for each other must not fill the host.
pub(super) struct Received {
    bytes: AtomicUsize,
    bytes_max: usize,
}

impl Received {
    pub(super) fn new(bytes_max: usize) -> Received {
        Received {
            bytes: AtomicUsize::new(0),
            bytes_max,
        }
    }

    fn count(&self, answer: Answer) -> Result<Answer, ExchangeError> {
        let bytes = answer.body.len();
        let before = self.bytes.fetch_add(bytes, Ordering::Relaxed);
        match before.saturating_add(bytes) > self.bytes_max {
            true => Err(ExchangeError::Budget(format!(
                "a call may receive {} bytes in all",
                self.bytes_max
            ))),
            false => Ok(answer),
        }
    }
}

impl http::Host for State {
    async fn send(&mut self, request: http::Request) -> Result<http::Response, http::Error> {
        let asked = self.admit(request);
        answer(&self.way_out, &self.received, asked).await
    }

    async fn send_all(
        &mut self,
        requests: Vec<http::Request>,
    ) -> Vec<Result<http::Response, http::Error>> {
        let in_flight = self.limits.in_flight;
        let asked: Vec<_> = requests
            .into_iter()
            .map(|request| self.admit(request))
            .collect();
        let (way_out, received) = (&self.way_out, &self.received);
        stream::iter(asked)
            .map(|asked| answer(way_out, received, asked))
            .buffered(in_flight)
            .collect()
            .await
    }
}

impl State {
    /// Counts a request and holds it against the limits.
    fn admit(&mut self, request: http::Request) -> Result<Asked, ExchangeError> {
        self.requests = self.requests.saturating_add(1);
        let limits = &self.limits;
        if self.requests > limits.requests {
            return Err(ExchangeError::Budget(format!(
                "a call may send {} requests",
                limits.requests
            )));
        }
        let left = self.deadline.saturating_duration_since(Instant::now());
        let timeout = match request.timeout_ms {
            Some(0) => return Err(ExchangeError::Invalid("a timeout of 0 ms".to_owned())),
            Some(ms) => Duration::from_millis(u64::from(ms)),
            None => TIMEOUT,
        };
        check_headers(&request.headers, limits.header_bytes)?;
        let body_bytes = request.body.as_ref().map_or(0, Vec::len);
        if body_bytes > limits.request_body_bytes {
            return Err(ExchangeError::Invalid(format!(
                "a body of {body_bytes} bytes; at most {} are sent",
                limits.request_body_bytes
            )));
        }
        Ok(Asked {
            method: request.method,
            url: request.url,
            headers: request.headers,
            body: request.body,
            timeout: timeout.min(left),
            response_body_bytes_max: limits.response_body_bytes,
            header_bytes_max: limits.header_bytes,
        })
    }
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
        let is_hosts = HOST_FIELDS.contains(&lower.as_str())
            || lower.starts_with("proxy-")
            || lower.starts_with("x-forwarded-");
        if is_hosts {
            return invalid(format!("the header field {lower} is the host's"));
        }
    }
    Ok(())
}

async fn answer(
    way_out: &WayOut,
    received: &Received,
    asked: Result<Asked, ExchangeError>,
) -> Result<http::Response, http::Error> {
    let answered = match asked {
        Ok(asked) => exchange(way_out, asked).await,
        Err(error) => Err(error),
    };
    let answered = answered.and_then(|answer| received.count(answer));
    match answered {
        Ok(Answer {
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
async fn exchange(way_out: &WayOut, asked: Asked) -> Result<Answer, ExchangeError> {
    let Some(tape) = &way_out.tape else {
        return scrubbed(sent(&way_out.route, asked).await, &way_out.secrets);
    };
    let ms = || way_out.senses.elapsed().as_secs_f64() * 1_000.0;
    let began_ms = ms();
    let index = tape.begins(&asked, began_ms);
    let answered = scrubbed(sent(&way_out.route, asked).await, &way_out.secrets);
    tape.ends(index, &answered, ms() - began_ms);
    answered
}

/// What a service sends back of a secret reaches nobody.
fn scrubbed(
    answered: Result<Answer, ExchangeError>,
    secrets: &Secrets,
) -> Result<Answer, ExchangeError> {
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

async fn sent(route: &Route, asked: Asked) -> Result<Answer, ExchangeError> {
    match route {
        Route::None => Err(ExchangeError::Denied(
            "nothing may be sent while a gate describes itself".to_owned(),
        )),
        Route::Recorded(tapes) => tapes.exchange(asked).await,
        Route::Live(client, policy) => {
            let permit = policy.permits(&asked.url).map_err(|denied| match denied {
                Denied::Invalid(why) => ExchangeError::Invalid(why),
                Denied::Forbidden(why) => ExchangeError::Denied(why),
            })?;
            client.send(permit, asked).await
        }
    }
}
