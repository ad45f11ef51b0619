//! Reports one run as it happens: lines for people, or one JSON object an event for machines, and tells every other
//! reporter of it (`reporter.rs`).
//!
//! Only listens: it is called with every event after the rollout has applied it, and returns nothing to the run.
//! Read `text.rs` for the lines, `conclusion.rs` for the end of a run and `next.rs` for its last line.

mod advice;
mod answers;
mod attempts;
mod commands;
mod conclusion;
mod last_read;
mod next;
mod reporter;
pub(crate) mod step_output;
#[cfg(test)]
mod tests;
mod text;

use std::time::{Duration, Instant};

use rollout::{Cause, Event, Fact, Outcome, Phase, Progress, Rollout};
use serde_json::{Value, json};

use crate::exit::Exit;
use crate::output::{Format, Output};
use crate::run::clock::WallClock;
use crate::run::replay_lines::{ReplayLine, ReplayLines};

use advice::{AdviceSummary, would_have};
use attempts::RollbackAttempts;
pub(crate) use commands::Commands;
use conclusion::Conclusion;
use last_read::LastRead;
use reporter::What;
pub(crate) use reporter::{
    AskedGate, Beginning, Beside, Ending, Remark, Reporter, Told, gates_in_words,
};
use text::TextReport;

/// The report of one run.
pub(crate) struct Report {
    output: Output,
    text: TextReport,
    last_read: Option<LastRead>,
    attempts: RollbackAttempts,
    advice: AdviceSummary,
    commands: Commands,
    clock: WallClock,
    replays: ReplayLines,
    /// Whether a canary that a gate said no to is deactivated after the run.
    failed_goes: bool,
    /// Why nobody judges the real traffic of this run, where that could be had.
    unjudged: Option<String>,
    /// Who else is told.
    reporters: Vec<Box<dyn Reporter>>,
    /// True once it is written how the call that decided is put again.
    replay_is_written: bool,
}

impl Report {
    /// Returns a report that has written nothing yet.
    pub(crate) fn new(output: Output, commands: Commands, clock: WallClock) -> Report {
        Report {
            text: TextReport::new(output.clone(), clock),
            output,
            last_read: None,
            attempts: RollbackAttempts::default(),
            advice: AdviceSummary::default(),
            commands,
            clock,
            replays: ReplayLines::default(),
            failed_goes: false,
            unjudged: None,
            reporters: Vec::new(),
            replay_is_written: false,
        }
    }

    /// Returns the report of a run whose gates are recorded: at a "no" it says how the call is put again.
    #[must_use]
    pub(crate) fn with_replays(self, replays: ReplayLines) -> Report {
        Report { replays, ..self }
    }

    /// Returns the report of a run after which a canary that a gate said no to is deactivated, or not.
    #[must_use]
    pub(crate) fn with_failed_going(self, failed_goes: bool) -> Report {
        Report {
            failed_goes,
            ..self
        }
    }

    /// Returns the report of a run whose real traffic nobody judges, and why; `None` where it is judged, or nobody asked for it.
    #[must_use]
    pub(crate) fn with_unjudged(self, unjudged: Option<String>) -> Report {
        Report { unjudged, ..self }
    }

    /// Returns the report with these reporters beside it.
    #[must_use]
    pub(crate) fn with_reporters(self, reporters: Vec<Box<dyn Reporter>>) -> Report {
        Report { reporters, ..self }
    }

    /// Writes what the run is for.
    pub(crate) fn start(&mut self, rollout: &Rollout, beginning: &Beginning) {
        self.advice = AdviceSummary::of(rollout.plan());
        match self.output.format() {
            Format::Text => {
                self.text.start(rollout, &gates_in_words(&beginning.gates));
                for promise in &beginning.promises {
                    self.text.line(promise);
                }
            }
            Format::Json => self.output.json(&json!({
                "time": self.time(),
                "event": "began",
                "lockgate": env!("CARGO_PKG_VERSION"),
                "run": rollout.run(),
                "intent": rollout.intent(),
                "plan": rollout.plan(),
                "promises": beginning.promises,
            })),
        }
        self.tell(rollout, What::Began(beginning));
    }

    /// Tells every other reporter.
    fn tell(&mut self, rollout: &Rollout, what: What<'_>) {
        let told = Told {
            time: &(self.clock)(),
            rollout,
            what,
        };
        for reporter in &mut self.reporters {
            reporter.told(&told);
        }
    }

    /// Writes what is about to be done or has happened. JSON has only what has happened.
    pub(crate) fn progress(&mut self, rollout: &Rollout, progress: Progress<'_>) {
        match progress {
            Progress::Begins(action) => {
                if self.output.format() == Format::Text {
                    self.text.about_to(rollout, action);
                }
                self.tell(rollout, What::Begins(action));
            }
            Progress::Happened(event) => {
                let beside = self.beside(rollout, event);
                self.happened(rollout, event, &beside);
                self.tell(rollout, What::Happened(event, &beside));
            }
        }
    }

    /// Takes note of an event, and returns what the report adds to it.
    fn beside(&mut self, rollout: &Rollout, event: &Event) -> Beside {
        self.attempts.count(rollout.phase(), &event.fact);
        if let Some(read) = LastRead::of(&event.fact) {
            self.last_read = Some(read);
        }
        let may_be_killed =
            matches!(event.fact, Fact::CancelRequested { .. }) && rollout.has_written();
        Beside {
            next: may_be_killed.then(|| conclusion::if_killed(&self.commands)),
            replay: self.replay(rollout),
            is_first_advisory_no: self.advice.count(event),
        }
    }

    fn happened(&mut self, rollout: &Rollout, event: &Event, beside: &Beside) {
        match self.output.format() {
            Format::Text => {
                self.text.happened(rollout, event);
                if let (true, Fact::Advised { answer, .. }) =
                    (beside.is_first_advisory_no, &event.fact)
                {
                    let gate = &answer.gate;
                    self.text.line(&format!(
                        "{gate} is advisory, so the run goes on; as a required gate it would have rolled back here"
                    ));
                }
                if let Some(replay) = &beside.replay {
                    self.text.line(&format!(
                        "recorded in {}; `{}` puts the call again",
                        replay.recording.display(),
                        replay.command
                    ));
                }
                if let Some(next) = &beside.next {
                    self.text.line(next);
                }
            }
            Format::Json => {
                let mut line = json!({
                    "time": self.time(),
                    "event": event.fact.name(),
                    "at-ms": event.at.0,
                    "phase": rollout.phase().name(),
                    "detail": detail(&event.fact),
                });
                if let Fact::Advised { answer, .. } = &event.fact {
                    line["would-have"] = would_have(answer).into();
                }
                if let Some(next) = &beside.next {
                    line["next"] = next.as_str().into();
                }
                if let Some(replay) = &beside.replay {
                    line["recording"] = replay.recording.to_string_lossy().into();
                    line["replay"] = replay.command.as_str().into();
                }
                self.output.json(&line);
            }
        }
    }

    /// Returns how the call of a gate is put again that has just turned the run round; `None` at any other time.
    fn replay(&mut self, rollout: &Rollout) -> Option<ReplayLine> {
        let gate = match rollout.phase() {
            _ if self.replay_is_written => None,
            Phase::RollingBack { cause, .. }
            | Phase::Ended(Outcome::RolledBack(cause) | Outcome::Unverified { cause, .. }) => {
                cause.gate()
            }
            _ => None,
        };
        let replay = self.replays.of(gate?)?;
        self.replay_is_written = true;
        Some(replay)
    }

    /// Writes something beside the run's own events, such as a measured split.
    pub(crate) fn remark(&mut self, rollout: &Rollout, remark: &Remark<'_>) {
        match self.output.format() {
            Format::Text => self.text.line(remark.sentence),
            Format::Json => self.output.json(&json!({
                "time": self.time(), "event": remark.name, "detail": remark.value,
            })),
        }
        self.tell(rollout, What::Remarked(remark));
    }

    /// Writes how the run ended, what production serves now, and what to type next.
    pub(crate) fn end(&mut self, rollout: &Rollout, outcome: &Outcome, exit: Exit) {
        let conclusion = Conclusion::of(
            rollout,
            outcome,
            self.last_read.as_ref(),
            &self.attempts,
            &self.commands,
            self.failed_goes,
        );
        let unjudged = self.unjudged.clone().filter(|_| rollout.has_written());
        let advisory = self.advice.as_text();
        match self.output.format() {
            Format::Text => {
                for line in advisory.iter().chain(&unjudged) {
                    self.text.line(line);
                }
                self.text.end(rollout, &conclusion, exit);
            }
            Format::Json => {
                let cause = outcome.cause().map(Cause::name);
                let mut shown = json!(outcome);
                self.commands.complete_json(&mut shown);
                self.output.json(&json!({
                    "time": self.time(),
                    "event": "ended",
                    "outcome": shown,
                    "cause": cause,
                    "result": conclusion.result,
                    "serves": conclusion.serves,
                    "tried": conclusion.attempts,
                    "next": conclusion.next,
                    "traffic": self.last_read.as_ref().map(|read| &read.traffic),
                    "advisory": self.advice.as_json(),
                    "unjudged": unjudged,
                    "emergency": rollout.plan().emergency(),
                    "exit-code": exit.code(),
                }));
            }
        }
        let serves = self.last_read.take();
        let ending = Ending {
            outcome,
            exit,
            conclusion: &conclusion,
            serves: serves.as_ref().map(|read| &read.traffic),
            advisory: &advisory,
            unjudged: unjudged.as_deref(),
        };
        self.tell(rollout, What::Ended(&ending));
    }

    /// Lets every other reporter write what it still has to, all of them within `limit`. Returns what could not be written.
    pub(crate) fn finish(self, limit: Duration) -> Vec<String> {
        let end = Instant::now() + limit;
        let finish = |reporter: Box<dyn Reporter>| {
            reporter.finish(end.saturating_duration_since(Instant::now()))
        };
        self.reporters.into_iter().filter_map(finish).collect()
    }

    /// Returns the time in UTC, to the millisecond, as RFC 3339 writes it.
    fn time(&self) -> String {
        let now = (self.clock)().timestamp();
        format!("{now:.3}")
    }
}

/// Returns the fact's own fields, without its name around them.
fn detail(fact: &Fact) -> Value {
    match serde_json::to_value(fact) {
        Ok(Value::Object(fields)) => {
            let first = fields.into_iter().next();
            first.map_or(Value::Null, |(_, detail)| detail)
        }
        _ => Value::Null,
    }
}
