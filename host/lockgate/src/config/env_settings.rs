//! Environment variables as flags and file have them: names with texts, before they are checked. No error and no `Debug`
//! shows a text, because it may be a secret.

use std::fmt;

use schemars::JsonSchema;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// Environment variables, in their order.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct EnvSettings(pub(crate) Vec<EnvSetting>);

/// An environment variable.
#[derive(Clone, PartialEq)]
pub(crate) struct EnvSetting {
    /// The name; empty where a flag has no `=`.
    pub(crate) name: String,
    /// The text; `None` where a flag has no `=`.
    pub(crate) text: Option<String>,
}

impl EnvSettings {
    /// Returns what flags set, each `NAME=VALUE`. The value may have `=` in it, and may be empty.
    pub(crate) fn of_flags<'a>(flags: impl IntoIterator<Item = &'a str>) -> EnvSettings {
        let setting = |flag: &str| match flag.split_once('=') {
            Some((name, text)) => EnvSetting {
                name: name.to_owned(),
                text: Some(text.to_owned()),
            },
            None => EnvSetting {
                name: String::new(),
                text: None,
            },
        };
        EnvSettings(flags.into_iter().map(setting).collect())
    }

    /// Returns whether a variable of this name is among them.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|setting| setting.name == name)
    }
}

impl fmt::Debug for EnvSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}=..", self.name)
    }
}

impl<'de> Deserialize<'de> for EnvSettings {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<EnvSettings, D::Error> {
        struct TableVisitor;
        impl<'de> Visitor<'de> for TableVisitor {
            type Value = EnvSettings;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table of environment variables, such as LOG_LEVEL = \"debug\"")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<EnvSettings, A::Error> {
                let mut settings = Vec::new();
                while let Some((name, EnvText(text))) = map.next_entry()? {
                    let text = Some(text);
                    settings.push(EnvSetting { name, text });
                }
                Ok(EnvSettings(settings))
            }
        }
        from.deserialize_map(TableVisitor)
    }
}

impl JsonSchema for EnvSettings {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "EnvSettings".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "object",
            "additionalProperties": {"type": "string"},
            "examples": [{"LOG_LEVEL": "debug", "DB_URL": "secretref:db-url"}],
        })
    }
}

/// The text of a variable. An error about anything else does not quote it, as serde's own would.
struct EnvText(String);

impl<'de> Deserialize<'de> for EnvText {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<EnvText, D::Error> {
        struct TextVisitor;
        impl TextVisitor {
            fn refuse<E: Error>() -> Result<EnvText, E> {
                Err(E::custom(
                    "an environment variable is a text: write its value in quotes",
                ))
            }
        }
        impl<'de> Visitor<'de> for TextVisitor {
            type Value = EnvText;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text in quotes")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<EnvText, E> {
                Ok(EnvText(text.to_owned()))
            }

            fn visit_bool<E: Error>(self, _: bool) -> Result<EnvText, E> {
                Self::refuse()
            }

            fn visit_i64<E: Error>(self, _: i64) -> Result<EnvText, E> {
                Self::refuse()
            }

            fn visit_f64<E: Error>(self, _: f64) -> Result<EnvText, E> {
                Self::refuse()
            }
        }
        from.deserialize_any(TextVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flag_is_split_at_its_first_equals_sign() {
        let settings = EnvSettings::of_flags(["A=b=c", "EMPTY=", "hunter2"]).0;
        let found: Vec<(&str, Option<&str>)> = settings
            .iter()
            .map(|setting| (&*setting.name, setting.text.as_deref()))
            .collect();
        let expected = [("A", Some("b=c")), ("EMPTY", Some("")), ("", None)];
        assert_eq!(found, expected);
    }

    #[test]
    fn debug_shows_no_text() {
        let settings = EnvSettings::of_flags(["API_KEY=hunter2"]);
        assert!(!format!("{settings:?}").contains("hunter2"));
    }
}
