//! The stretch of time of a query of counts: whole slices of the service. Pure.

use std::fmt;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// A service dates its answers to the second, so its clock is known no better than that.
const CLOCK_ERROR: Duration = Duration::from_secs(1);

/// Slices that follow each other. The end of one belongs to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Timespan {
    pub(super) start: Timestamp,
    pub(super) end: Timestamp,
    /// The length of a slice in seconds, at least 1.
    pub(super) slice_s: i64,
}

impl Timespan {
    /// Returns the newest slices of a length, in whole seconds, that were over `lag` before `now`: `count` of them, at
    /// least one.
    ///
    /// A slice that is not over is no evidence: a guess at the rest of it would be.
    pub(super) fn of_newest(
        count: u32,
        length: Duration,
        lag: Duration,
        now: Timestamp,
    ) -> Timespan {
        let slice_s = i64::try_from(length.as_secs()).unwrap_or(i64::MAX).max(1);
        let counted = earlier(now, lag.max(CLOCK_ERROR)).as_second();
        let end = counted - counted.rem_euclid(slice_s);
        let start = end.saturating_sub(slice_s.saturating_mul(i64::from(count.max(1))));
        let second = |second| Timestamp::from_second(second).unwrap_or(Timestamp::MIN);
        Timespan {
            start: second(start),
            end: second(end),
            slice_s,
        }
    }

    /// Returns the number of slices.
    pub(super) fn count(&self) -> usize {
        let seconds = self.end.as_second() - self.start.as_second();
        usize::try_from(seconds / self.slice_s).unwrap_or_default()
    }

    /// Returns the index of the slice that contains a time; `None` outside of the timespan.
    pub(super) fn index_of(&self, time: Timestamp) -> Option<usize> {
        if time < self.start || time >= self.end {
            return None;
        }
        usize::try_from((time.as_second() - self.start.as_second()) / self.slice_s).ok()
    }

    /// Returns the start and the end of a slice by its index.
    pub(super) fn slice(&self, index: usize) -> (Timestamp, Timestamp) {
        let index = i64::try_from(index).unwrap_or(i64::MAX);
        let start = self.start.as_second() + index.saturating_mul(self.slice_s);
        let second = |second| Timestamp::from_second(second).unwrap_or(self.end);
        (second(start), second(start.saturating_add(self.slice_s)))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn timespan(now: &str, lag: u64, count: u32, length: u64) -> Timespan {
        let (lag, length) = (Duration::from_secs(lag), Duration::from_secs(length));
        Timespan::of_newest(count, length, lag, now.parse().unwrap())
    }

    #[test]
    fn newest_slice_is_the_last_one_that_was_over_before_the_lag() {
        let expected = "2026-11-23T09:55:00Z/2026-11-23T09:57:00Z";
        for now in ["2026-11-23T10:00:00Z", "2026-11-23T10:00:59.999Z"] {
            assert_eq!(timespan(now, 180, 2, 60).to_string(), expected, "{now}");
        }
    }

    #[test]
    fn without_a_lag_the_present_slice_is_left_out() {
        let expected = "2026-11-23T09:59:00Z/2026-11-23T10:00:00Z";
        assert_eq!(
            timespan("2026-11-23T10:00:30.2Z", 0, 1, 60).to_string(),
            expected
        );
        let expected = "2026-11-23T09:58:00Z/2026-11-23T09:59:00Z";
        assert_eq!(
            timespan("2026-11-23T10:00:00.9Z", 0, 1, 60).to_string(),
            expected,
            "the clock is known to the second"
        );
    }

    #[test]
    fn day_of_minutes_crosses_midnight() {
        let day = timespan("2026-11-23T00:08:10Z", 180, 1_440, 60);
        assert_eq!(day.to_string(), "2026-11-22T00:05:00Z/2026-11-23T00:05:00Z");
        assert_eq!(day.count(), 1_440);
    }

    #[test]
    fn each_time_belongs_to_one_slice() {
        let span = timespan("2026-11-23T10:00:00Z", 180, 2, 60);
        let index = |time: &str| span.index_of(time.parse().unwrap());
        assert_eq!(index("2026-11-23T09:54:59.9Z"), None);
        assert_eq!(index("2026-11-23T09:55:00Z"), Some(0));
        assert_eq!(index("2026-11-23T09:55:59.9Z"), Some(0));
        assert_eq!(index("2026-11-23T09:56:00Z"), Some(1));
        assert_eq!(index("2026-11-23T09:57:00Z"), None);
        let (start, end) = span.slice(1);
        assert_eq!(
            format!("{start} {end}"),
            "2026-11-23T09:56:00Z 2026-11-23T09:57:00Z"
        );
    }
}
