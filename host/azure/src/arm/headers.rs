//! Headers of an answer, as values.

use std::time::Duration;

use reqwest::header::HeaderMap;

/// Returns the value of a header; `None` when it is missing or not visible ASCII.
pub(super) fn text_of(headers: &HeaderMap, name: &str) -> Option<String> {
    Some(headers.get(name)?.to_str().ok()?.to_owned())
}

/// Returns the pause that the service asks for: `retry-after` in seconds, or Azure's own headers in milliseconds.
/// A date in `retry-after` counts as no pause.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let number = |name| text_of(headers, name)?.trim().parse::<u64>().ok();
    let exact = number("retry-after-ms").or_else(|| number("x-ms-retry-after-ms"));
    exact
        .map(Duration::from_millis)
        .or_else(|| number("retry-after").map(Duration::from_secs))
}

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderName, HeaderValue};

    use super::*;

    #[test]
    fn pause_is_read_in_seconds_and_in_milliseconds() {
        let headers = |name: &'static str, value: &'static str| {
            let value = HeaderValue::from_static(value);
            std::iter::once((HeaderName::from_static(name), value)).collect()
        };
        for (name, value, pause) in [
            ("retry-after", "17", Some(Duration::from_secs(17))),
            ("retry-after-ms", "250", Some(Duration::from_millis(250))),
            ("x-ms-retry-after-ms", "30", Some(Duration::from_millis(30))),
            ("retry-after", "Wed, 21 Oct 2026 07:28:00 GMT", None),
            ("retry-after", "-1", None),
            ("date", "1", None),
        ] {
            assert_eq!(retry_after(&headers(name, value)), pause, "{name}");
        }
    }
}
