//! What a changed answer in a backtest means, given how the run ended, and the table of all of them. Pure; read
//! `backtest` for where the answers come from.

use std::path::PathBuf;

use rollout::{GateFailure, Kind, Report};
use serde_json::{Value, json};

use super::answer;
use super::printed::Printed;
use crate::store::past_runs::RunEnd;

/// A recorded answer beside the one that the gate gives now.
pub(super) struct Comparison {
    /// The recording.
    pub(super) file: PathBuf,
    /// The folder of the run.
    pub(super) run: PathBuf,
    pub(super) run_end: RunEnd,
    pub(super) kind: Kind,
    /// The canary's weight at the time of the call, in per cent.
    pub(super) weight: u32,
    pub(super) recorded: Result<Report, GateFailure>,
    pub(super) now: Result<Report, GateFailure>,
    /// Requests without a recorded response; with any of them, `now` means nothing.
    pub(super) misses: Vec<String>,
    /// Requests that got an answer which had been given before.
    pub(super) repeated: usize,
}

/// How the answer of now relates to the recorded one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flip {
    Agreed,
    WouldHaveCaught,
    WouldHaveBlocked,
    WouldHaveRejected,
    WouldHavePassed,
    OtherwiseChanged,
    CouldNotAnswer,
}

impl Flip {
    const ALL: [Flip; 7] = [
        Flip::Agreed,
        Flip::WouldHaveCaught,
        Flip::WouldHaveBlocked,
        Flip::WouldHaveRejected,
        Flip::WouldHavePassed,
        Flip::OtherwiseChanged,
        Flip::CouldNotAnswer,
    ];

    /// Returns the name in tables and in JSON.
    fn name(self) -> &'static str {
        match self {
            Flip::Agreed => "agreed",
            Flip::WouldHaveCaught => "would have caught",
            Flip::WouldHaveBlocked => "would have blocked",
            Flip::WouldHaveRejected => "would have rejected",
            Flip::WouldHavePassed => "would have passed",
            Flip::OtherwiseChanged => "otherwise changed",
            Flip::CouldNotAnswer => "could not answer",
        }
    }

    fn explanation(self) -> &'static str {
        match self {
            Flip::Agreed => "gives the recorded verdict",
            Flip::WouldHaveCaught => "does not pass a canary that was rolled back later",
            Flip::WouldHaveBlocked => "does not pass a canary that was promoted",
            Flip::WouldHaveRejected => "does not pass a canary whose run ended in another way",
            Flip::WouldHavePassed => "passes a canary that it did not pass before",
            Flip::OtherwiseChanged => "gives another answer, and neither is a pass",
            Flip::CouldNotAnswer => "needs a response that was not recorded",
        }
    }
}

impl Comparison {
    /// Returns how the answer of now relates to the recorded one.
    pub(super) fn flip(&self) -> Flip {
        if !self.misses.is_empty() {
            return Flip::CouldNotAnswer;
        }
        let (recorded, now) = (answer_word(&self.recorded), answer_word(&self.now));
        if recorded == now {
            Flip::Agreed
        } else if recorded == "pass" {
            match self.run_end {
                RunEnd::RolledBack => Flip::WouldHaveCaught,
                RunEnd::Promoted => Flip::WouldHaveBlocked,
                RunEnd::Other => Flip::WouldHaveRejected,
            }
        } else if now == "pass" {
            Flip::WouldHavePassed
        } else {
            Flip::OtherwiseChanged
        }
    }

    fn lines(&self) -> [String; 3] {
        let Comparison {
            file,
            run_end,
            kind,
            weight,
            ..
        } = self;
        let now = match self.misses.first() {
            Some(miss) => format!("no answer: {miss}"),
            None => format!("{}{}", answer::sentence(&self.now), repeated(self.repeated)),
        };
        [
            format!(
                "{}, {kind} at {weight} %, run {}:",
                file.display(),
                run_end.words()
            ),
            format!("  recorded  {}", answer::sentence(&self.recorded)),
            format!("  now       {now}"),
        ]
    }

    fn event(&self) -> Value {
        json!({
            "event": "call-changed",
            "change": self.flip().name(),
            "file": self.file,
            "run": self.run,
            "run-ended": self.run_end.words(),
            "recorded": rollout::answer_shape::AnswerShape::from(self.recorded.clone()),
            "now": self.now,
            "missed": self.misses,
            "repeated": self.repeated,
        })
    }
}

/// Returns every comparison that does not agree, then the counts of all.
pub(super) fn printed(comparisons: &[Comparison], runs: usize) -> Printed {
    let mut printed = Printed::default();
    let changed = |comparison: &&Comparison| comparison.flip() != Flip::Agreed;
    for comparison in comparisons.iter().filter(changed) {
        printed.lines.extend(comparison.lines());
        printed.events.push(comparison.event());
    }
    let calls = comparisons.len();
    printed.line(format!("{calls} calls of {runs} runs"));
    let mut counts = serde_json::Map::new();
    for flip in Flip::ALL {
        let is_flip = |comparison: &&Comparison| comparison.flip() == flip;
        let count = comparisons.iter().filter(is_flip).count();
        let (name, explanation) = (flip.name(), flip.explanation());
        printed.line(format!("{count:>7}  {name}: {explanation}"));
        counts.insert(name.to_owned(), json!(count));
    }
    let given_again: usize = comparisons.iter().map(|one| one.repeated).sum();
    let with_some = comparisons.iter().filter(|one| one.repeated > 0).count();
    if given_again > 0 {
        printed.line(format!(
            "{given_again:>7}  answers given again (--repeat), in {with_some} of the calls: what a service would have answered \
             then was never recorded"
        ));
    }
    printed.events.push(json!({
        "event": "backtested", "calls": calls, "runs": runs, "counts": counts, "repeated": given_again,
    }));
    printed
}

/// Returns how many answers were given again, in words after a sentence; nothing where none was.
fn repeated(count: usize) -> String {
    match count {
        0 => String::new(),
        1 => " (1 answer given again)".to_owned(),
        count => format!(" ({count} answers given again)"),
    }
}

fn answer_word(result: &Result<Report, GateFailure>) -> &'static str {
    match result {
        Ok(report) => report.verdict.word(),
        Err(_) => "failure",
    }
}
