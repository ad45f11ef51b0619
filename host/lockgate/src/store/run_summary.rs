//! A past run in a few words, from its journals. Judges nothing.

use std::time::Duration;

use jiff::Timestamp;
use rollout::{Intent, Outcome, Phase};

use super::run_folders::RunFolders;
use crate::event::{AppShape, Ended};
use crate::report::{Reporter, Update, What};
use crate::run::journal::{self, JournalError, SavedJournal};

/// A past run.
#[derive(Debug, Clone)]
pub(crate) struct RunSummary {
    /// The run's id.
    pub(crate) run: String,
    /// What its first process was for.
    pub(crate) intent: Intent,
    /// The app.
    pub(crate) app: AppShape,
    /// When its first process began.
    pub(crate) began: Timestamp,
    /// When its last process ended; `None` where the journal stops before that.
    pub(crate) ended_at: Option<Timestamp>,
    /// When the last line of its journals was written.
    pub(crate) last: Timestamp,
    /// How its last process ended; `None` as above.
    pub(crate) ended: Option<Ended>,
    /// The canary's name; `None` where it was not found.
    pub(crate) canary: Option<String>,
    /// The highest weight of the canary that was read back, in per cent.
    pub(crate) weight: u32,
    /// The number of its processes on this machine.
    pub(crate) processes: usize,
    /// How long it bakes at most, in which nothing may happen.
    pub(crate) longest_bake: Duration,
}

impl RunSummary {
    /// Reads the journals of a run.
    ///
    /// # Errors
    /// When one cannot be read, or is damaged.
    pub(crate) fn read(run: &RunFolders) -> Result<RunSummary, JournalError> {
        let mut summary: Option<RunSummary> = None;
        for folder in &run.folders {
            let journal = SavedJournal::read(&folder.join("journal.jsonl"))?;
            let mut seen = Seen::default();
            // What cannot follow is for `verify`; here everything before it counts.
            let _ = journal::tell(
                &journal,
                rollout::Memory::default(),
                vec![Box::new(&mut seen)],
            );
            let last = journal
                .events
                .last()
                .map_or(journal.time, |event| event.time);
            let bakes = journal.began.plan.stages().iter().map(|stage| stage.bake);
            let longest_bake = bakes.max().unwrap_or_default();
            let before = summary.take();
            summary = Some(RunSummary {
                run: run.run.clone(),
                intent: before
                    .as_ref()
                    .map_or(journal.began.intent, |before| before.intent.clone()),
                app: journal.began.app,
                began: before.as_ref().map_or(journal.time, |before| before.began),
                last: journal.ended_at.unwrap_or(last),
                ended_at: journal.ended_at,
                ended: journal.ended,
                canary: seen
                    .canary
                    .or(before.as_ref().and_then(|before| before.canary.clone())),
                weight: seen
                    .weight
                    .max(before.as_ref().map_or(0, |before| before.weight)),
                processes: run.folders.len(),
                longest_bake,
            });
        }
        // A run has at least one folder.
        summary.ok_or_else(|| JournalError::Empty {
            path: run.run.clone().into(),
        })
    }

    /// Returns how the run ended in a word.
    pub(crate) fn outcome(&self) -> &'static str {
        match self.ended.as_ref().map(|ended| &ended.outcome) {
            Some(outcome) => word(outcome),
            None => "no-end",
        }
    }
}

/// Returns an outcome in a word.
pub(crate) fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Promoted | Outcome::PromotedWithLease(_) => "promoted",
        Outcome::RolledBack(rollout::Cause::Undone(_)) => "undone",
        Outcome::RolledBack(_) => "rolled-back",
        Outcome::Held { .. } => "held",
        Outcome::Unverified { .. } => "unverified",
        Outcome::Stuck { .. } => "stuck",
        Outcome::Refused(_) => "refused",
        Outcome::Cancelled(_) => "cancelled",
        Outcome::Superseded(_) => "superseded",
        Outcome::Idle => "idle",
    }
}

/// What the events of one process show.
#[derive(Default)]
struct Seen {
    canary: Option<String>,
    weight: u32,
}

impl Reporter for Seen {
    fn report(&mut self, update: &Update<'_>) {
        if let What::Happened(..) = update.what {
            if let Some(found) = update.rollout.inspection() {
                self.canary = Some(found.canary.name.clone());
            }
            if let Phase::Baking(baking) = update.rollout.phase() {
                let weight = update.rollout.plan().stages()[baking.stage].weight;
                self.weight = self.weight.max(weight.per_cent());
            }
        }
    }
}
