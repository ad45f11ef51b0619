//! The window of a query of counts, in whole minutes of the service. Pure.

use std::fmt;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// From a moment to a later one. The end does not belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Timespan {
    pub(super) start: Timestamp,
    pub(super) end: Timestamp,
}

impl Timespan {
    /// Returns a timespan of at least `window`, widened to whole minutes. It ends with the last whole minute that
    /// was over `lag` before `now`; with a lag of zero it ends now.
    ///
    /// The service counts whole minutes only. A guess at a part of one would be no evidence.
    pub(super) fn ending_before(now: Timestamp, lag: Duration, window: Duration) -> Timespan {
        let end = if lag.is_zero() {
            next_second(now)
        } else {
            minute_of(earlier(now, lag))
        };
        Timespan {
            start: minute_of(earlier(end, window.max(Duration::from_secs(1)))),
            end,
        }
    }
}

impl fmt::Display for Timespan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.start, self.end)
    }
}

fn earlier(time: Timestamp, by: Duration) -> Timestamp {
    SignedDuration::try_from(by)
        .ok()
        .and_then(|by| time.checked_sub(by).ok())
        .unwrap_or(Timestamp::MIN)
}

/// Returns the beginning of the minute.
fn minute_of(time: Timestamp) -> Timestamp {
    let second = time.as_second();
    Timestamp::from_second(second - second.rem_euclid(60)).unwrap_or(Timestamp::MIN)
}

fn next_second(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second() + 1).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timespan(now: &str, lag: u64, window: u64) -> String {
        let (lag, window) = (Duration::from_secs(lag), Duration::from_secs(window));
        Timespan::ending_before(now.parse().unwrap(), lag, window).to_string()
    }

    #[test]
    fn window_ends_with_the_last_whole_minute_that_was_over_before_the_lag() {
        let expected = "2026-11-23T09:55:00Z/2026-11-23T09:57:00Z";
        for now in ["2026-11-23T10:00:00Z", "2026-11-23T10:00:59.999Z"] {
            assert_eq!(timespan(now, 180, 120), expected, "{now}");
        }
    }

    #[test]
    fn window_is_widened_to_whole_minutes() {
        let now = "2026-11-23T10:00:30Z";
        let one = "2026-11-23T09:56:00Z/2026-11-23T09:57:00Z";
        let two = "2026-11-23T09:55:00Z/2026-11-23T09:57:00Z";
        for (window, expected) in [(0, one), (1, one), (60, one), (61, two), (120, two)] {
            assert_eq!(timespan(now, 180, window), expected, "{window}");
        }
    }

    #[test]
    fn without_a_lag_the_current_minute_is_included() {
        let expected = "2026-11-23T09:59:00Z/2026-11-23T10:00:31Z";
        assert_eq!(timespan("2026-11-23T10:00:30.2Z", 0, 60), expected);
        let expected = "2026-11-23T09:59:00Z/2026-11-23T10:00:01Z";
        assert_eq!(timespan("2026-11-23T10:00:00Z", 0, 60), expected);
    }

    #[test]
    fn window_of_a_day_crosses_midnight() {
        let expected = "2026-11-22T00:05:00Z/2026-11-23T00:05:00Z";
        assert_eq!(timespan("2026-11-23T00:08:10Z", 180, 86_400), expected);
    }
}
