//! Headers of an answer, as values.

use std::time::Duration;

use reqwest::header::HeaderMap;

/// Returns the value of a header; `None` when it is missing or not visible ASCII.
pub(super) fn text_of(headers: &HeaderMap, name: &str) -> Option<String> {
    Some(headers.get(name)?.to_str().ok()?.to_owned())
}

/// The longest request id that is shown, in characters; Azure's have 36.
const REQUEST_ID_MAX: usize = 64;

/// Returns the id to name to Microsoft's support; `None` where it does not look like one: what else a service may write there
/// is not shown.
pub(super) fn request_id(headers: &HeaderMap) -> Option<String> {
    let is_part = |byte: u8| byte.is_ascii_hexdigit() || byte == b'-';
    let is_id = |text: &String| text.len() <= REQUEST_ID_MAX && text.bytes().all(is_part);
    text_of(headers, "x-ms-request-id").filter(is_id)
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
    #[test]
    fn request_id_that_is_none_is_not_shown() {
        let headers = |value: &str| {
            let value = HeaderValue::from_str(value).unwrap();
            std::iter::once((HeaderName::from_static("x-ms-request-id"), value)).collect()
        };
        let id = "8c1b4f62-5f0a-4a63-9f5e-1d9f6c2b7a10";
        assert_eq!(request_id(&headers(id)).as_deref(), Some(id));
        for none in ["see https://example.com", "##[error]x", &"0".repeat(65)] {
            assert_eq!(request_id(&headers(none)), None, "{none}");
        }
    }
}
