//! Durations as people write them, in the file and in flags: `90s`, `5m`, `1h30m`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

/// A duration that is written as text, such as `90s` or `5m`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DurationText(pub(crate) Duration);

impl FromStr for DurationText {
    type Err = String;

    fn from_str(text: &str) -> Result<DurationText, String> {
        let wanted = || format!("{text:?} is not a duration; write it like 90s, 5m or 1h30m");
        let signed: jiff::SignedDuration = text.parse().map_err(|_| wanted())?;
        Duration::try_from(signed)
            .map(DurationText)
            .map_err(|_| wanted())
    }
}

impl fmt::Display for DurationText {
    /// Writes the duration in its largest whole unit, at most minutes, so that it can be parsed again.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = self.0.as_millis();
        if ms > 0 && ms.is_multiple_of(60_000) {
            write!(f, "{}m", ms / 60_000)
        } else if ms.is_multiple_of(1_000) {
            write!(f, "{}s", ms / 1_000)
        } else {
            write!(f, "{ms}ms")
        }
    }
}

impl<'de> Deserialize<'de> for DurationText {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<DurationText, D::Error> {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}

impl JsonSchema for DurationText {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Duration".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "A duration such as 90s, 5m or 1h30m.",
            "examples": ["90s", "5m"],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn duration_is_written_so_that_it_can_be_read_again() {
        for text in ["0s", "300ms", "90s", "5m", "90m"] {
            let duration: DurationText = text.parse().unwrap();
            assert_eq!(duration.to_string(), text);
        }
        let long: DurationText = "1h30m".parse().unwrap();
        assert_eq!(long.to_string(), "90m");
    }

    #[test]
    fn text_that_is_not_a_duration_is_named() {
        for text in ["soon", "5", "-5s"] {
            let error = text.parse::<DurationText>().unwrap_err();
            assert!(error.contains(&format!("{text:?}")), "{error}");
            assert!(error.contains("write it like 90s"), "{error}");
        }
    }
}
