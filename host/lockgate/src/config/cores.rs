//! A number of cores, as the file and a flag have it: `0.5`, or `1` without decimals.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer};

/// A number of cores before it is checked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Cores(pub(crate) f64);

impl FromStr for Cores {
    type Err = String;

    fn from_str(text: &str) -> Result<Cores, String> {
        let number = text.parse();
        number
            .map(Cores)
            .map_err(|_| format!("{text:?} is not a number of cores; write it like 0.5 or 1"))
    }
}

impl<'de> Deserialize<'de> for Cores {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Cores, D::Error> {
        struct CoresVisitor;
        impl Visitor<'_> for CoresVisitor {
            type Value = Cores;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number of cores, such as 0.5")
            }

            fn visit_f64<E: Error>(self, number: f64) -> Result<Cores, E> {
                Ok(Cores(number))
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Cores, E> {
                // A number of cores that is not exact as this is out of range anyway.
                #[expect(clippy::cast_precision_loss, reason = "checked to be small later")]
                Ok(Cores(number as f64))
            }
        }
        from.deserialize_any(CoresVisitor)
    }
}

impl JsonSchema for Cores {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Cores".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "number",
            "exclusiveMinimum": 0,
            "description": "A number of cores such as 0.5.",
            "examples": [0.5, 1],
        })
    }
}
