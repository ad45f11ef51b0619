//! Tells what happens: lines for people, or one JSON object an event for machines. Only listens.

mod commands;
mod sentence;
pub(crate) mod step_output;
mod text;
mod tried;

use rollout::{Fact, Outcome, Progress, Rollout, Traffic};
use serde_json::{Value, json};

use crate::exit;
use crate::output::{Format, Output};

pub(crate) use commands::Commands;
use sentence::Closing;
use tried::Tried;

/// Listens to one run.
pub(crate) struct Report {
    output: Output,
    text: text::Lines,
    last_read: Option<Traffic>,
    tried: Tried,
    commands: Commands,
}

impl Report {
    /// Returns a report that has said nothing yet.
    pub(crate) fn new(output: Output, commands: Commands) -> Report {
        Report {
            text: text::Lines::new(output.clone()),
            output,
            last_read: None,
            tried: Tried::default(),
            commands,
        }
    }

    /// Says what the run is about to be.
    pub(crate) fn begins(&mut self, rollout: &Rollout, gates: &str) {
        match self.output.format() {
            Format::Text => self.text.begins(rollout, gates),
            Format::Json => self.output.json(&json!({
                "time": now(),
                "event": "began",
                "lockgate": env!("CARGO_PKG_VERSION"),
                "run": rollout.run(),
                "intent": rollout.intent(),
                "plan": rollout.plan(),
            })),
        }
    }

    /// Says what is about to be done or has happened.
    pub(crate) fn tell(&mut self, rollout: &Rollout, moment: Progress<'_>) {
        if let Progress::Happened(event) = moment {
            self.tried.learn(rollout.phase(), &event.fact);
            if let Fact::Observed { traffic, .. } = &event.fact {
                self.last_read = Some(traffic.clone());
            }
        }
        let asked_to_end = matches!(
            moment,
            Progress::Happened(event) if matches!(event.fact, Fact::CancelRequested { .. })
        );
        let if_killed =
            (asked_to_end && rollout.has_written()).then(|| sentence::if_killed(&self.commands));
        match self.output.format() {
            Format::Text => {
                self.text.tell(rollout, moment);
                if let Some(next) = if_killed {
                    self.text.remark(&next);
                }
            }
            Format::Json => {
                let Progress::Happened(event) = moment else {
                    return;
                };
                let mut line = json!({
                    "time": now(),
                    "event": event.fact.name(),
                    "at-ms": event.at.0,
                    "phase": rollout.phase().name(),
                    "detail": detail(&event.fact),
                });
                if let Some(next) = if_killed {
                    line["next"] = next.into();
                }
                self.output.json(&line);
            }
        }
    }

    /// Says something beside the run's own events, such as a measured split.
    pub(crate) fn remark(&mut self, name: &str, sentence: &str, value: Value) {
        match self.output.format() {
            Format::Text => self.text.remark(sentence),
            Format::Json => self
                .output
                .json(&json!({ "time": now(), "event": name, "detail": value })),
        }
    }

    /// Says how it ended, what production serves now, and what to type next. Returns the exit code.
    pub(crate) fn ended(&mut self, rollout: &Rollout, outcome: &Outcome) -> u8 {
        let code = exit::code(outcome);
        let known = (self.last_read.as_ref(), &self.tried);
        let closing = Closing::of(rollout, outcome, known, &self.commands);
        match self.output.format() {
            Format::Text => self.text.ended(&closing, code),
            Format::Json => self.output.json(&json!({
                "time": now(),
                "event": "ended",
                "outcome": outcome,
                "result": closing.result,
                "serves": closing.serves,
                "tried": closing.tried,
                "next": closing.next,
                "traffic": self.last_read,
                "exit-code": code,
            })),
        }
        code
    }
}

fn now() -> String {
    let now = jiff::Timestamp::now();
    format!("{now:.3}")
}

/// The fact's own fields, without its name around them.
fn detail(fact: &Fact) -> Value {
    match serde_json::to_value(fact) {
        Ok(Value::Object(fields)) => fields.into_iter().next().map_or(Value::Null, |(_, v)| v),
        _ => Value::Null,
    }
}
