//! Reads that are sent again after a failure that may pass: no answer, 429, or a server error. The pause is the registry's
//! where it asks for one.

use std::time::Duration;

use jiff::fmt::rfc2822::DateTimeParser;
use jiff::{SignedDuration, Timestamp};
use reqwest::header::{DATE, HeaderMap, HeaderName, RETRY_AFTER};
use reqwest::{RequestBuilder, Response, StatusCode};
use url::Url;

use crate::limits::Limits;
use crate::place::host_of;
use crate::problem::Problem;
use crate::transport;

/// Sends a read up to as often as the limits say. `request` makes it anew each time.
pub(crate) async fn sent(
    limits: &Limits,
    url: &Url,
    request: impl Fn() -> RequestBuilder,
) -> Result<Response, Problem> {
    let mut pause = limits.pause;
    let mut attempt = 1;
    loop {
        let result = request().send().await;
        let result = result.map_err(|error| transport::lost(error, url, limits));
        let asked = match &result {
            Ok(response) if may_pass(response.status()) => retry_after(response.headers()),
            Err(Problem::Unreachable { .. }) => None,
            _ => return result,
        };
        let wait = asked.unwrap_or(pause);
        if attempt >= limits.attempts || wait > limits.pause_max {
            return result;
        }
        tokio::time::sleep(wait).await;
        attempt += 1;
        pause = pause.saturating_mul(2);
    }
}

/// Returns what an answer of 429 means.
pub(crate) fn busy(response: &Response) -> Problem {
    let after = retry_after(response.headers());
    let after = after.map(|after| format!(" for {} s", after.as_secs()));
    Problem::Busy {
        host: host_of(response.url()),
        after: after.unwrap_or_default(),
    }
}

fn may_pass(status: StatusCode) -> bool {
    status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error()
}

/// Returns the pause that a server asks for, in seconds or until a date.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    static DATES: DateTimeParser = DateTimeParser::new().relaxed_weekday(true);
    let text = |name: HeaderName| headers.get(name)?.to_str().ok().map(str::trim);
    let value = text(RETRY_AFTER)?;
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // A number that is too long to read is a long time too.
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let until = DATES.parse_timestamp(value).ok()?;
    // By the server's own clock where it tells it: ours may be wrong.
    let now = text(DATE).and_then(|date| DATES.parse_timestamp(date).ok());
    let wait = until.duration_since(now.unwrap_or_else(Timestamp::now));
    Some(wait.max(SignedDuration::ZERO).unsigned_abs())
}
