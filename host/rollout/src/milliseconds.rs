//! Durations as whole milliseconds in JSON, for `#[serde(with = …)]`. The name of a member that holds one ends in `-ms`.

use std::time::Duration;

use serde::{Deserialize as _, Deserializer, Serializer};

/// Serialises a duration as milliseconds, at most `u64::MAX`.
///
/// # Errors
/// When the serializer fails.
pub(crate) fn serialize<S: Serializer>(duration: &Duration, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_u64(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
}

/// Deserialises a duration from milliseconds.
///
/// # Errors
/// When the value is not a whole number from 0 on.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
    u64::deserialize(from).map(Duration::from_millis)
}

/// The same of a duration that may be absent.
pub(crate) mod optional {
    use std::time::Duration;

    use serde::{Deserialize as _, Deserializer, Serializer};

    /// Serialises a duration as milliseconds, or nothing as `null`.
    ///
    /// # Errors
    /// When the serializer fails.
    pub(crate) fn serialize<S: Serializer>(
        duration: &Option<Duration>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        match duration {
            Some(duration) => super::serialize(duration, to),
            None => to.serialize_none(),
        }
    }

    /// Deserialises a duration from milliseconds, or nothing from `null`.
    ///
    /// # Errors
    /// When the value is neither.
    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Duration>, D::Error> {
        Ok(Option::<u64>::deserialize(from)?.map(Duration::from_millis))
    }
}
