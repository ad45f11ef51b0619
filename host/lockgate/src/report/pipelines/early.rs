//! The end of a command that has begun no run: there was nothing to do, or something is wrong. The next step of the pipeline
//! gets the same outputs, and a person the same annotation, as after a run.

use std::time::Duration;

use super::annotation::{Annotation, Level};
use super::outputs::RunOutputs;
use super::publish::{End, announce, write};
use super::summary::{Summary, as_markdown};
use crate::exit::Exit;
use crate::output::Output;

/// How long the pipeline's files may take.
const FILES_MAX: Duration = Duration::from_secs(2);

/// How a command ended that has begun no run.
pub(crate) struct EarlyEnd<'a> {
    /// The exit code.
    pub(crate) exit: Exit,
    /// The same in a word.
    pub(crate) outcome: &'static str,
    /// What happened, as a sentence for people.
    pub(crate) result: &'a str,
    /// The revision that was promoted already and carries all traffic, where there is one.
    pub(crate) promoted: Option<&'a str>,
}

impl<'a> EarlyEnd<'a> {
    /// Returns the end of a command that has promoted nothing.
    pub(crate) fn new(exit: Exit, outcome: &'static str, result: &'a str) -> EarlyEnd<'a> {
        EarlyEnd {
            exit,
            outcome,
            result,
            promoted: None,
        }
    }

    /// Tells the pipeline of this output, if it is read by one. To be called before the last lines of the command.
    pub(crate) fn publish(&self, output: &Output) {
        let Some(pipeline) = output.pipeline() else {
            return;
        };
        let level = match self.exit {
            Exit::Success => None,
            Exit::Cancelled | Exit::Refused => Some(Level::Warning),
            _ => Some(Level::Error),
        };
        let weight = self.promoted.map_or("", |_| "100");
        let end = End {
            annotation: level.map(|level| {
                Annotation::new(level, self.outcome, self.exit, self.result.to_owned())
            }),
            outputs: RunOutputs::new([
                ("outcome", self.outcome.replace(' ', "-")),
                ("exit-code", self.exit.to_string()),
                ("run", String::new()),
                ("stable", String::new()),
                ("canary", self.promoted.unwrap_or_default().to_owned()),
                ("weight", weight.to_owned()),
                ("report", String::new()),
            ]),
            summary: Some(self.summary()),
        };
        announce(&end, pipeline, output);
        if let Some(problem) = write(end, pipeline, output, FILES_MAX) {
            output.note(&problem);
        }
    }

    fn summary(&self) -> Summary {
        let lines = self.result.lines().map(as_markdown);
        let lines: Vec<String> = lines.filter(|line| !line.is_empty()).collect();
        Summary {
            head: format!(
                "### lockgate: {} (exit code {})\n\n{}\n\n",
                self.outcome.replace('-', " "),
                self.exit,
                lines.join("  \n")
            ),
            ..Summary::default()
        }
    }
}
