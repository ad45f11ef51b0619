//! Seconds since 1970: now, and read from the service's texts.

use std::time::{SystemTime, UNIX_EPOCH};

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// Returns the current time in seconds since 1970, by this machine's clock.
pub(crate) fn unix_now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

/// Returns the same for comparisons with times of the service.
pub(crate) fn signed_now() -> i64 {
    i64::try_from(unix_now()).unwrap_or(i64::MAX)
}

/// Returns a time of the service in seconds since 1970; `None` when the text is not a time.
///
/// The service sometimes leaves out the zone. Such a time is UTC.
pub(crate) fn unix_seconds(text: &str) -> Option<i64> {
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(time.as_second());
    }
    let time: DateTime = text.parse().ok()?;
    let time = TimeZone::UTC.to_timestamp(time).ok()?;
    Some(time.as_second())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_without_a_zone_is_utc() {
        let with_zone = unix_seconds("2024-10-14T07:06:16.6073765Z");
        assert!(with_zone.is_some());
        assert_eq!(unix_seconds("2024-10-14T07:06:16.6073765"), with_zone);
        assert_eq!(unix_seconds("2024-10-14T09:06:16+02:00"), with_zone);
        assert_eq!(unix_seconds("yesterday"), None);
    }
}
