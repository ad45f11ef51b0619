//! What a command about one gate prints: lines for people and JSON events, made from the same values. The functions
//! that make a [`Printed`] are pure, so that `tests` compares them with snapshots; only [`Printed::print`] writes.

use serde_json::Value;

use crate::output::Output;

/// The output of a command, in both formats.
#[derive(Debug, Default)]
pub(super) struct Printed {
    /// Lines for people.
    pub(super) lines: Vec<String>,
    /// JSON objects, one for each line of the JSON output.
    pub(super) events: Vec<Value>,
}

impl Printed {
    /// Appends a line for people.
    pub(super) fn line(&mut self, line: impl Into<String>) {
        self.lines.push(line.into());
    }

    /// Writes the lines or the events, whichever the output's format asks for.
    pub(super) fn print(&self, output: &Output) {
        for line in &self.lines {
            output.text(line);
        }
        for event in &self.events {
            output.command_event(event.clone());
        }
    }
}
