//! The reporter that prints: lines for people, or one JSON object an event for machines.

use rollout::{Event, Fact, Rollout};

use super::advice::would_have;
use super::began::began;
use super::reporter::{Beside, Reporter, Update, What, gates_in_words};
use super::text::TextReport;
use crate::event::{EventLine, RunEvent};
use crate::output::{Format, Output};

/// Prints what it learns.
pub(crate) struct Printer {
    output: Output,
    text: TextReport,
}

impl Printer {
    /// Returns a printer to this output that has printed nothing yet.
    pub(crate) fn new(output: Output) -> Printer {
        Printer {
            text: TextReport::new(output.clone()),
            output,
        }
    }

    fn text(&mut self, rollout: &Rollout, what: &What<'_>) {
        match what {
            What::Began(beginning) => {
                self.text.start(rollout, &gates_in_words(&beginning.gates));
                for promise in &beginning.promises {
                    self.text.line(promise);
                }
            }
            What::Begins(action) => self.text.about_to(rollout, action),
            What::Happened(event, beside) => {
                self.text.happened(rollout, event);
                self.beside(event, beside);
            }
            What::Remarked(remark) => self.text.line(remark.sentence),
            What::Ended(ending) => {
                for line in ending.advisory {
                    self.text.line(line);
                }
                if let Some(unjudged) = &ending.event.unjudged {
                    self.text.line(unjudged);
                }
                self.text.end(rollout, ending.conclusion, ending.exit);
            }
        }
    }

    /// Writes what the report adds to a fact.
    fn beside(&self, event: &Event, beside: &Beside) {
        if let (true, Fact::Advised { answer, .. }) = (beside.is_first_advisory_no, &event.fact) {
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
}

impl Reporter for Printer {
    fn report(&mut self, update: &Update<'_>) {
        let Update {
            time,
            rollout,
            what,
        } = update;
        match self.output.format() {
            Format::Text => {
                self.text.now = Some((*time).clone());
                self.text(rollout, what);
            }
            Format::Json => {
                let time = time.timestamp();
                let line = match what {
                    What::Began(beginning) => {
                        let begins = RunEvent::Began(began(rollout, beginning));
                        EventLine::of(time, &begins)
                    }
                    What::Begins(_) => return,
                    What::Happened(event, beside) => of_fact(time, rollout, event, beside),
                    What::Remarked(remark) => EventLine::of(time, remark.event),
                    What::Ended(ending) => {
                        EventLine::of(time, &RunEvent::Ended(ending.event.clone()))
                    }
                };
                // Events are plain data, so each has a text.
                if let Ok(line) = line {
                    self.output.event(&line.of_run(rollout.run()));
                }
            }
        }
    }
}

fn of_fact(
    time: jiff::Timestamp,
    rollout: &Rollout,
    event: &Event,
    beside: &Beside,
) -> serde_json::Result<EventLine> {
    let would_have = match &event.fact {
        Fact::Advised { answer, .. } => would_have(answer).map(str::to_owned),
        _ => None,
    };
    let replay = beside.replay.as_ref();
    Ok(EventLine {
        phase: Some(rollout.phase().name().to_owned()),
        would_have,
        next: beside.next.clone(),
        recording: replay.map(|replay| replay.recording.to_string_lossy().into_owned()),
        replay: replay.map(|replay| replay.command.clone()),
        ..EventLine::of(time, event)?
    })
}
