//! One line: what every event has, whatever it says.

use rollout::EVENT_SCHEMA;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One event of lockgate, as one line of JSON. What `detail` holds depends on `event`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct EventLine {
    /// The format of the line and its version.
    pub(crate) schema: String,
    /// When it happened, as RFC 3339 writes it: in UTC, to the millisecond, on the clock of the machine that says so.
    #[schemars(extend("format" = "date-time"))]
    pub(crate) time: String,
    /// The run that it is about; absent outside of a run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) run: Option<String>,
    /// Of a fact of a run: milliseconds since its process began, on a clock that never goes back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) at_ms: Option<u64>,
    /// The name of what has happened.
    pub(crate) event: String,
    /// Of a fact of a run: the phase that it has led to. Not in a journal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) phase: Option<String>,
    /// What has happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) detail: Option<Value>,
    /// What an advisory gate would have done. Not in a journal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) would_have: Option<String>,
    /// What to type if the process is killed before it reports how the run ended. Not in a journal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) next: Option<String>,
    /// The recording of the call of the gate that has turned the run round. Not in a journal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) recording: Option<String>,
    /// The command that puts that call again. Not in a journal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) replay: Option<String>,
    /// The SHA-256, in hex, of the line before in the journal, without its line break. In a journal alone, on every line but
    /// the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) previous: Option<String>,
}

impl EventLine {
    /// Returns the line of an event that is written with its name as `event`, and with what it says as `detail`. The error is
    /// that of the serializer.
    pub(crate) fn of(
        time: jiff::Timestamp,
        event: &impl Serialize,
    ) -> serde_json::Result<EventLine> {
        let parts = serde_json::to_value(event)?;
        Ok(EventLine {
            at_ms: parts["at-ms"].as_u64(),
            detail: parts.get("detail").cloned(),
            ..EventLine::named(time, parts["event"].as_str().unwrap_or_default())
        })
    }

    /// Returns the line of an event of a command: its name is the member `event`, and all the others are what it says.
    pub(crate) fn of_command(time: jiff::Timestamp, event: Value) -> EventLine {
        let mut detail = match event {
            Value::Object(members) => members,
            _ => serde_json::Map::new(),
        };
        let name = detail.shift_remove("event");
        EventLine {
            detail: Some(Value::Object(detail)),
            ..EventLine::named(
                time,
                name.as_ref().and_then(Value::as_str).unwrap_or_default(),
            )
        }
    }

    fn named(time: jiff::Timestamp, name: &str) -> EventLine {
        EventLine {
            schema: EVENT_SCHEMA.to_owned(),
            time: format!("{time:.3}"),
            run: None,
            at_ms: None,
            event: name.to_owned(),
            phase: None,
            detail: None,
            would_have: None,
            next: None,
            recording: None,
            replay: None,
            previous: None,
        }
    }

    /// Returns the line with the run that it is about.
    #[must_use]
    pub(crate) fn of_run(self, run: &str) -> EventLine {
        EventLine {
            run: Some(run.to_owned()),
            ..self
        }
    }

    /// Returns the event without what every line has, for the reader of what it says.
    pub(crate) fn parts(&self) -> Value {
        let mut parts = serde_json::Map::new();
        parts.insert("event".to_owned(), self.event.as_str().into());
        if let Some(at_ms) = self.at_ms {
            parts.insert("at-ms".to_owned(), at_ms.into());
        }
        if let Some(detail) = &self.detail {
            parts.insert("detail".to_owned(), detail.clone());
        }
        Value::Object(parts)
    }
}
