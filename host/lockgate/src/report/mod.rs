//! Reports one run, as it happens or later from its journal: adds to each event what follows from the ones before, and hands
//! it to every reporter (`reporter.rs`). The first reporter prints (`printer.rs`).
//!
//! Only listens: it is called with every event after the rollout has applied it, and returns nothing to the run.
//! Read `text.rs` for the lines, `conclusion.rs` for the end of a run and `next.rs` for its last line.

mod advice;
mod answers;
mod attempts;
mod began;
mod commands;
mod conclusion;
mod last_read;
mod live;
mod next;
pub(crate) mod pipelines;
mod printer;
mod reporter;
mod split;
pub(crate) mod step_output;
#[cfg(test)]
mod tests;
mod text;

use std::time::{Duration, Instant};

use rollout::{Cause, Event, Fact, Outcome, Phase, Progress, Rollout};
use serde_json::json;

use crate::event::Ended;
use crate::exit::Exit;
use crate::run::clock::WallClock;
use crate::run::replay_lines::{ReplayLine, ReplayLines};

use advice::AdviceSummary;
use attempts::RollbackAttempts;
pub(crate) use began::{began, beginning};
pub(crate) use commands::Commands;
use conclusion::Conclusion;
use last_read::LastRead;
pub(crate) use live::{LiveView, NextView, RunView, Screen, SplitView, StageState, StageView};
pub(crate) use printer::Printer;
pub(crate) use reporter::{
    AskedGate, Beginning, Beside, Ending, Remark, Reporter, Update, What, gates_in_words,
};
pub(crate) use split::split_in_words;

/// The report of one run.
pub(crate) struct Report<'a> {
    reporters: Vec<Box<dyn Reporter + 'a>>,
    clock: Clock,
    commands: Commands,
    last_read: Option<LastRead>,
    attempts: RollbackAttempts,
    advice: AdviceSummary,
    replays: ReplayLines,
    /// Whether a canary that a gate said no to is deactivated after the run.
    failed_goes: bool,
    /// Why nobody judges the real traffic of this run, where that could be had.
    unjudged: Option<String>,
    /// True once it is reported how the call that decided is put again.
    replay_is_reported: bool,
}

/// What time it is.
enum Clock {
    /// The machine's.
    Wall(WallClock),
    /// That of a line of a journal.
    Journal(jiff::ZonedDateTime),
}

impl<'a> Report<'a> {
    /// Returns the report of a run that goes on now, to these reporters.
    pub(crate) fn new(
        commands: Commands,
        clock: WallClock,
        reporters: Vec<Box<dyn Reporter + 'a>>,
    ) -> Report<'a> {
        Report {
            reporters,
            clock: Clock::Wall(clock),
            commands,
            last_read: None,
            attempts: RollbackAttempts::default(),
            advice: AdviceSummary::default(),
            replays: ReplayLines::default(),
            failed_goes: false,
            unjudged: None,
            replay_is_reported: false,
        }
    }

    /// Returns the report of a run from its journal, which began at this time.
    pub(crate) fn of_a_journal(
        commands: Commands,
        began: jiff::Timestamp,
        reporters: Vec<Box<dyn Reporter + 'a>>,
    ) -> Report<'a> {
        let mut report = Report::new(commands, jiff::ZonedDateTime::now, reporters);
        report.at(began);
        report
    }

    /// Sets the time of what is reported next.
    pub(crate) fn at(&mut self, time: jiff::Timestamp) {
        self.clock = Clock::Journal(time.to_zoned_datetime(jiff::tz::TimeZone::UTC));
    }

    /// Returns the report of a run whose gates are recorded: at a "no" it says how the call is put again.
    #[must_use]
    pub(crate) fn with_replays(self, replays: ReplayLines) -> Report<'a> {
        Report { replays, ..self }
    }

    /// Returns the report of a run after which a canary that a gate said no to is deactivated, or not.
    #[must_use]
    pub(crate) fn with_failed_going(self, failed_goes: bool) -> Report<'a> {
        Report {
            failed_goes,
            ..self
        }
    }

    /// Returns the report of a run whose real traffic nobody judges, and why; `None` where it is judged, or nobody asked for it.
    #[must_use]
    pub(crate) fn with_unjudged(self, unjudged: Option<String>) -> Report<'a> {
        Report { unjudged, ..self }
    }

    /// Tells what the run is for.
    pub(crate) fn start(&mut self, rollout: &Rollout, beginning: &Beginning) {
        self.advice = AdviceSummary::of(rollout.plan());
        self.tell(rollout, What::Began(beginning));
    }

    /// Tells what is about to be done or has happened.
    pub(crate) fn progress(&mut self, rollout: &Rollout, progress: Progress<'_>) {
        match progress {
            Progress::Begins(action) => self.tell(rollout, What::Begins(action)),
            Progress::Happened(event) => {
                let beside = self.beside(rollout, event);
                self.tell(rollout, What::Happened(event, &beside));
            }
        }
    }

    /// Tells something beside the run's own events, such as a measured split.
    pub(crate) fn remark(&mut self, rollout: &Rollout, remark: &Remark<'_>) {
        self.tell(rollout, What::Remarked(remark));
    }

    /// Tells how the run ended, what production serves now, and what to type next. Returns the same for the journal.
    pub(crate) fn end(&mut self, rollout: &Rollout, outcome: &Outcome, exit: Exit) -> Ended {
        let conclusion = Conclusion::of(
            rollout,
            outcome,
            self.last_read.as_ref(),
            &self.attempts,
            &self.commands,
            self.failed_goes,
        );
        let event = Ended {
            outcome: self.complete(outcome),
            cause: outcome.cause().map(|cause| Cause::name(cause).to_owned()),
            result: conclusion.result.clone(),
            serves: conclusion.serves.clone(),
            tried: conclusion.attempts.clone(),
            next: conclusion.next.clone(),
            traffic: self.last_read.take().map(|read| read.traffic),
            advisory: self.advice.as_events(),
            unjudged: self.unjudged.clone().filter(|_| rollout.has_written()),
            emergency: rollout.plan().emergency().map(str::to_owned),
            exit_code: exit.code(),
        };
        let advisory = self.advice.as_text();
        let ending = Ending {
            outcome,
            exit,
            conclusion: &conclusion,
            advisory: &advisory,
            event: &event,
        };
        self.tell(rollout, What::Ended(&ending));
        event
    }

    /// Lets every reporter write what it still has to, all of them within `limit`. Returns what could not be written.
    pub(crate) fn finish(self, limit: Duration) -> Vec<String> {
        let end = Instant::now() + limit;
        let finish = |reporter: Box<dyn Reporter + 'a>| {
            reporter.finish(end.saturating_duration_since(Instant::now()))
        };
        self.reporters.into_iter().filter_map(finish).collect()
    }

    /// Tells every reporter.
    fn tell(&mut self, rollout: &Rollout, what: What<'_>) {
        let time = match &self.clock {
            Clock::Wall(now) => now(),
            Clock::Journal(time) => time.clone(),
        };
        let update = Update {
            time: &time,
            rollout,
            what,
        };
        for reporter in &mut self.reporters {
            reporter.report(&update);
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

    /// Returns how the call of a gate is put again that has just turned the run round; `None` at any other time.
    fn replay(&mut self, rollout: &Rollout) -> Option<ReplayLine> {
        let gate = match rollout.phase() {
            _ if self.replay_is_reported => None,
            Phase::RollingBack { cause, .. }
            | Phase::Ended(Outcome::RolledBack(cause) | Outcome::Unverified { cause, .. }) => {
                cause.gate()
            }
            _ => None,
        };
        let replay = self.replays.of(gate?)?;
        self.replay_is_reported = true;
        Some(replay)
    }

    /// Returns an outcome with the commands in its sentences complete.
    fn complete(&self, outcome: &Outcome) -> Outcome {
        let mut shown = json!(outcome);
        self.commands.complete_json(&mut shown);
        serde_json::from_value(shown).unwrap_or_else(|_| outcome.clone())
    }
}
