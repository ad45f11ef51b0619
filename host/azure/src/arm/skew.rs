//! How far the service's clock and this machine's are apart, from the dates of answers.

use std::sync::{Mutex, PoisonError};

use jiff::fmt::rfc2822::DateTimeParser;
use jiff::{SignedDuration, Timestamp};
use reqwest::header::{DATE, HeaderMap};

use super::headers::text_of;

/// The difference between the two clocks that the latest dated answer showed.
#[derive(Debug, Default)]
pub(super) struct Skew(Mutex<Option<SignedDuration>>);

impl Skew {
    /// Takes the date from the headers of an answer. `sent` is when its request was sent.
    pub(super) fn note(&self, sent: Timestamp, headers: &HeaderMap) {
        if let Some(skew) = difference(sent, Timestamp::now(), headers) {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(skew);
        }
    }

    /// Returns how far the service's clock is ahead; negative when it is behind, `None` before the first date.
    pub(super) fn latest(&self) -> Option<SignedDuration> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn difference(sent: Timestamp, received: Timestamp, headers: &HeaderMap) -> Option<SignedDuration> {
    static PARSER: DateTimeParser = DateTimeParser::new().relaxed_weekday(true);
    let date = text_of(headers, DATE.as_str())?;
    let date = PARSER.parse_timestamp(&date).ok()?;
    // The service dated the answer between the two times, and a date is cut to whole seconds.
    let middle = sent + received.duration_since(sent) / 2;
    Some(date.duration_since(middle) + SignedDuration::from_millis(500))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skew_is_measured_from_the_middle_of_the_exchange() {
        let mut headers = HeaderMap::new();
        headers.insert(DATE, "Mon, 23 Nov 2026 10:00:00 GMT".parse().unwrap());
        let (sent, received) = ("2026-11-23T09:59:58Z", "2026-11-23T10:00:02Z");
        let (sent, received) = (sent.parse().unwrap(), received.parse().unwrap());
        let skew = difference(sent, received, &headers).unwrap();
        assert_eq!(skew, SignedDuration::from_millis(500));
        headers.insert(DATE, "yesterday".parse().unwrap());
        assert_eq!(difference(sent, received, &headers), None);
    }
}
