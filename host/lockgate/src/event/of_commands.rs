//! The events of commands, each with the members of its `detail`. A command makes them as JSON; the tests hold every one of
//! them to this table, which is a part of the schema.

use serde_json::{Map, Value, json};

/// An event: its name, what has happened, and the members of its `detail`.
type Described = (&'static str, &'static str, &'static [Member]);

/// A member of a `detail`, and what it holds.
type Member = (&'static str, Shape);

/// The events of commands.
#[rustfmt::skip]
const EVENTS: [Described; 39] = [
    ("error", "The command has ended with an error.", &[
        ("message", Shape::Text), ("causes", Shape::Texts), ("mistakes", Shape::Objects),
    ]),
    ("lines-missing", "Lines are missing here: they were not read in time.", &[
        ("lines", Shape::Number),
    ]),
    ("cancelled", "The command was asked to end before it had read the app.", &[
        ("by", Shape::Text), ("result", Shape::Text), ("exit-code", Shape::Number),
    ]),
    ("already-promoted", "There is nothing to roll out.", &[
        ("revision", Shape::Text), ("result", Shape::Text), ("exit-code", Shape::Number),
    ]),
    ("deployed", "A revision is deployed and ready.", &[
        ("revision", Shape::Text), ("url", Shape::TextOrNull), ("image", Shape::Text), ("with", Shape::Any),
        ("stable", Shape::TextOrNull), ("reused", Shape::Truth),
    ]),
    ("not-deployed", "No revision is deployed.", NOT_DONE),
    ("not-pinned", "The traffic is as it was.", NOT_DONE),
    ("not-forgotten", "The notes are as they were.", NOT_DONE),
    ("not-aborted", "No revision got all traffic.", NOT_DONE),
    ("pinned", "The traffic names the revision that serves.", &[
        ("revision", Shape::Text), ("traffic", Shape::Objects), ("words", Shape::Text),
    ]),
    ("forgotten", "The notes that runs have left are gone.", &[
        ("tags", Shape::Object), ("traffic", Shape::Objects), ("words", Shape::Text),
    ]),
    ("retired", "A revision without traffic is deactivated after the run, or is not.", &[
        ("revision", Shape::Text), ("done", Shape::Truth), ("words", Shape::Text),
    ]),
    ("left-alone", "The lease of an app is of a run that may be alive.", &[
        ("app", Shape::Text), ("why", Shape::Text),
    ]),
    ("taken-up", "The run of an app is over, and its baseline is restored next.", &[
        ("app", Shape::Text),
    ]),
    ("group", "Every app of a resource group was read.", &[
        ("apps", Shape::Number), ("with-lease", Shape::Number), ("taken-up", Shape::Number),
    ]),
    ("checked", "One check of the preflight.", &[
        ("check", Shape::Text), ("area", Shape::Text), ("state", Shape::Text), ("detail", Shape::Text),
        ("next", Shape::TextOrNull), ("exit-code", Shape::NumberOrNull),
    ]),
    ("examined", "All checks of the preflight, counted.", &[
        ("failed", Shape::Number), ("warned", Shape::Number), ("unknown", Shape::Number),
    ]),
    ("runs-pruned", "Runs that ended long ago are removed, or would be.", &[
        ("runs", Shape::Texts), ("components", Shape::Number), ("bytes", Shape::Number), ("kept", Shape::Number),
        ("dry-run", Shape::Truth),
    ]),
    ("run-bundled", "Everything that is kept of a run is in one file.", &[
        ("run", Shape::Text), ("file", Shape::Text), ("files", Shape::Number), ("bytes", Shape::Number),
    ]),
    ("run-verified", "The files of a run prove what it says of itself, or do not.", &[
        ("run", Shape::Text), ("holds", Shape::Truth), ("difference", Shape::TextOrNull), ("exit-code", Shape::Number),
    ]),
    ("serving", "The emulator serves.", &[
        ("endpoint", Shape::Text), ("tls-endpoint", Shape::TextOrNull), ("tls-ca", Shape::TextOrNull),
        ("subscription", Shape::Text), ("resource-group", Shape::Text), ("apps", Shape::Objects),
    ]),
    ("leak", "What a canary cost that answers some of its users with errors.", &[
        ("gate", Shape::TextOrNull), ("promoted", Shape::Truth), ("weight", Shape::Number),
        ("canary-requests", Shape::Number), ("canary-failed", Shape::Number),
    ]),
    ("gate-answered", "A gate was asked once.", &[
        ("kind", Shape::Text), ("answer", Shape::Object),
    ]),
    ("gate-recorded", "A gate was asked once, and what it exchanged is kept.", &[
        ("kind", Shape::Text), ("answer", Shape::Object), ("file", Shape::Text), ("entries", Shape::Number),
    ]),
    ("gate-replayed", "A recorded call was put again.", &[
        ("kind", Shape::Text), ("answer", Shape::Object), ("recorded", Shape::ObjectOrNull), ("missed", Shape::Texts),
        ("unused", Shape::Any), ("repeated", Shape::Any),
    ]),
    ("gate-inspected", "What a component is, and what it wants.", &[
        ("name", Shape::Text), ("version", Shape::Text), ("summary", Shape::Text), ("kinds", Shape::Texts),
        ("worlds", Shape::Texts), ("contract", Shape::Any), ("sha256", Shape::Text), ("bytes", Shape::Number),
        ("imports", Shape::Texts), ("origins", Shape::Texts), ("granted", Shape::Texts), ("settings", Shape::Any),
        ("limits", Shape::Any),
    ]),
    ("gate-compiled", "A component is compiled and kept.", &[
        ("plugin", Shape::Text), ("sha256", Shape::Text), ("file", Shape::Text),
    ]),
    ("gate-written", "A gate was written from a template.", &[
        ("name", Shape::Text), ("language", Shape::Text), ("kind", Shape::Text), ("folder", Shape::Text),
        ("files", Shape::Texts), ("component", Shape::Text), ("next", Shape::Texts),
    ]),
    ("gate-pushed", "A component is in a registry.", &[
        ("plugin", Shape::Text), ("digest", Shape::Text), ("sha256", Shape::Text), ("bytes", Shape::Number),
    ]),
    ("gate-pulled", "A component was fetched from a registry.", &[
        ("gate", Shape::TextOrNull), ("plugin", Shape::Text), ("was", Shape::TextOrNull), ("sha256", Shape::Text),
        ("wants", Shape::Any), ("refuses-settings", Shape::TextOrNull),
    ]),
    ("gate-measured", "What calls of a gate cost.", &[
        ("plugin", Shape::Text), ("cases", Shape::Number), ("rounds", Shape::Number), ("bytes", Shape::Number),
        ("steps", Shape::Any), ("median-us", Shape::Number), ("memory-bytes", Shape::Any), ("requests", Shape::Any),
        ("passed", Shape::Any), ("skipped", Shape::Any),
    ]),
    ("template", "A language that gates can be written in.", &[
        ("language", Shape::Text), ("name", Shape::Text), ("needs", Shape::Text), ("build", Shape::Text),
    ]),
    ("conformance-checked", "One check of a gate against the contract.", &[
        ("check", Shape::Text), ("problem", Shape::TextOrNull),
    ]),
    ("conformance", "All checks of a gate against the contract, counted.", &[
        ("checks", Shape::Number), ("failed", Shape::Number), ("calls", Shape::Number), ("verdicts", Shape::Number),
    ]),
    ("case", "One case of a gate.", &[
        ("path", Shape::Text), ("state", Shape::Text), ("calls", Shape::Objects), ("error", Shape::Text),
    ]),
    ("tested", "All cases of a gate, counted.", &[
        ("cases", Shape::Number), ("passed", Shape::Number), ("failed", Shape::Number), ("errors", Shape::Number),
    ]),
    ("call-changed", "A recorded call that the gate would answer otherwise now.", &[
        ("change", Shape::Text), ("file", Shape::Text), ("run", Shape::Text), ("run-ended", Shape::Text),
        ("recorded", Shape::Object), ("now", Shape::ObjectOrNull), ("missed", Shape::Any), ("repeated", Shape::Any),
    ]),
    ("run-backtested", "What the gate would have done to a past run.", &[
        ("run", Shape::Text), ("run-ended", Shape::Text), ("gate", Shape::Text), ("calls", Shape::Number),
        ("would-have", Shape::Text), ("at", Shape::Any), ("reason", Shape::TextOrNull),
    ]),
    ("backtested", "All recorded calls, counted.", &[
        ("calls", Shape::Number), ("runs", Shape::Number), ("counts", Shape::Object), ("repeated", Shape::Number),
    ]),
];

/// The members of a task that was not done.
const NOT_DONE: &[Member] = &[
    ("result", Shape::Text),
    ("next", Shape::TextOrNull),
    ("exit-code", Shape::Number),
];

/// What a member holds.
#[derive(Debug, Clone, Copy)]
enum Shape {
    Text,
    TextOrNull,
    Texts,
    Number,
    NumberOrNull,
    Truth,
    Object,
    ObjectOrNull,
    Objects,
    Any,
}

impl Shape {
    fn schema(self) -> Value {
        match self {
            Shape::Text => json!({ "type": "string" }),
            Shape::TextOrNull => json!({ "type": ["string", "null"] }),
            Shape::Texts => json!({ "type": "array", "items": { "type": "string" } }),
            Shape::Number => json!({ "type": "number" }),
            Shape::NumberOrNull => json!({ "type": ["number", "null"] }),
            Shape::Truth => json!({ "type": "boolean" }),
            Shape::Object => json!({ "type": "object" }),
            Shape::ObjectOrNull => json!({ "type": ["object", "null"] }),
            Shape::Objects => json!({ "type": "array", "items": { "type": "object" } }),
            Shape::Any => json!({}),
        }
    }
}

/// Returns a schema for each event of a command.
pub(super) fn schemas() -> impl Iterator<Item = Value> {
    EVENTS.iter().map(|(name, about, members)| {
        let properties: Map<String, Value> = (members.iter())
            .map(|(member, shape)| ((*member).to_owned(), shape.schema()))
            .collect();
        json!({
            "type": "object",
            "description": about,
            "properties": {
                "event": { "type": "string", "const": name },
                "detail": { "type": "object", "properties": properties },
            },
            "required": ["event", "detail"],
        })
    })
}
