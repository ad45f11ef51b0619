//! Seconds since 1970 as a time in UTC in JSON, such as `2026-11-27T21:06:03Z` (RFC 3339), for `#[serde(with = …)]`.

use jiff::Timestamp;
use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

/// Serialises seconds since 1970 as a time. What a tag on an app claims may lie beyond the year 9999: that is written as the
/// end of that year, since an event has to be kept whatever it says.
///
/// # Errors
/// When the serializer fails.
pub(crate) fn serialize<S: Serializer>(seconds: &u64, to: S) -> Result<S::Ok, S::Error> {
    let seconds = i64::try_from(*seconds).unwrap_or(i64::MAX);
    let time = Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX);
    to.collect_str(&format_args!("{time:.0}"))
}

/// Deserialises seconds since 1970 from a time. A fraction of a second is dropped.
///
/// # Errors
/// When the value is no time as RFC 3339 writes it, or one before 1970.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    let text = String::deserialize(from)?;
    let time: Timestamp = text.parse().map_err(D::Error::custom)?;
    u64::try_from(time.as_second()).map_err(|_| D::Error::custom(format!("{text} is before 1970")))
}
