//! The journal of a run as the engine's port: hands each event to the keeper as one line with the hash of the line before, and
//! knows which of them are kept.

use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rollout::Event;
use serde::Serialize;
use tokio::sync::watch;

use crate::event::{EventLine, RunEvent};
use crate::report::{Reporter, Update, What, began};
use crate::run::keeper::{Keeper, Progress, Work};

/// The longest that an event may take to be kept while the run goes forward.
const KEEP_MAX: Duration = Duration::from_secs(5);
/// How long the end of a run waits for events that are not kept yet.
const FINISH_MAX: Duration = Duration::from_secs(2);

/// A journal that is being written.
pub(crate) struct JournalWriter {
    lines: Arc<Mutex<Lines>>,
    progress: watch::Receiver<Progress>,
    path: PathBuf,
}

/// The lines of a journal so far.
struct Lines {
    keeper: Keeper,
    run: String,
    /// The SHA-256 of the last line.
    previous: Option<String>,
    /// The number of lines that were handed over.
    appended: u64,
    /// When the oldest line that is not kept was handed over.
    waiting_since: Instant,
}

impl JournalWriter {
    /// Begins the journal of this process's part of a run.
    pub(crate) fn begin(keeper: Keeper, run: &str) -> JournalWriter {
        JournalWriter {
            progress: keeper.progress(),
            path: keeper.journal(),
            lines: Arc::new(Mutex::new(Lines {
                keeper,
                run: run.to_owned(),
                previous: None,
                appended: 0,
                waiting_since: Instant::now(),
            })),
        }
    }

    /// Returns who writes what is no fact of the engine into the same journal.
    pub(crate) fn notes(&self) -> JournalNotes {
        JournalNotes {
            lines: Arc::clone(&self.lines),
            progress: self.progress.clone(),
        }
    }

    /// Waits a moment for what is not kept yet, and returns a sentence about what is missing in the end.
    pub(crate) async fn finish(mut self) -> Option<String> {
        let appended = locked(&self.lines).appended;
        let is_done = |progress: &Progress| progress.is_settled(Work::Journal, appended);
        let _ = tokio::time::timeout(FINISH_MAX, self.progress.wait_for(is_done)).await;
        let progress = self.progress.borrow().clone();
        let missing = appended.saturating_sub(progress.count(Work::Journal));
        (missing > 0).then(|| {
            let why = progress.why_missing(Work::Journal);
            let why = why.unwrap_or_else(|| "the disk does not answer".to_owned());
            let path = self.path.display();
            let lines = if missing == 1 { "event" } else { "events" };
            format!("the journal {path} lacks the last {missing} {lines} of this run: {why}")
        })
    }
}

/// Writes what is no fact of the engine.
pub(crate) struct JournalNotes {
    lines: Arc<Mutex<Lines>>,
    progress: watch::Receiver<Progress>,
}

impl Reporter for JournalNotes {
    fn report(&mut self, update: &Update<'_>) {
        let event = match &update.what {
            What::Began(beginning) => RunEvent::Began(began(update.rollout, beginning)),
            What::Remarked(remark) => remark.event.clone(),
            What::Ended(ending) => RunEvent::Ended(ending.event.clone()),
            // The engine hands its facts over itself.
            What::Begins(_) | What::Happened(..) => return,
        };
        locked(&self.lines).append(&event, &self.progress);
    }
}

fn locked(lines: &Mutex<Lines>) -> MutexGuard<'_, Lines> {
    lines.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Lines {
    /// Hands an event over. Events are plain data, so each has a text.
    fn append(&mut self, event: &impl Serialize, progress: &watch::Receiver<Progress>) {
        if progress.borrow().count(Work::Journal) == self.appended {
            self.waiting_since = Instant::now();
        }
        self.appended += 1;
        let line = EventLine::of(jiff::Timestamp::now(), event);
        let line = line.map(|line| EventLine {
            previous: self.previous.take(),
            ..line.of_run(&self.run)
        });
        if let Ok(mut text) = line.and_then(|line| serde_json::to_string(&line)) {
            self.previous = Some(gates::digest(text.as_bytes()));
            text.push('\n');
            self.keeper.append(text);
        }
    }
}

impl rollout::ports::Journal for JournalWriter {
    fn append(&mut self, event: &Event) {
        locked(&self.lines).append(event, &self.progress);
    }

    fn kept(&mut self) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send + '_>> {
        let lines = locked(&self.lines);
        let (appended, end) = (lines.appended, lines.waiting_since + KEEP_MAX);
        drop(lines);
        let path = &self.path;
        let progress = &mut self.progress;
        Box::pin(async move {
            let is_done = |progress: &Progress| progress.is_settled(Work::Journal, appended);
            let shown = path.display();
            let ended = |_| format!("{shown}: its writer has ended");
            match tokio::time::timeout_at(end.into(), progress.wait_for(is_done)).await {
                Ok(seen) => {
                    let seen = seen.map_err(ended)?;
                    if seen.count(Work::Journal) >= appended {
                        return Ok(());
                    }
                    let why = seen.why_missing(Work::Journal).unwrap_or_default();
                    Err(format!("{shown}: {why}"))
                }
                Err(_) => Err(format!(
                    "{shown}: an event is not kept within {}",
                    rollout::human(KEEP_MAX)
                )),
            }
        })
    }
}
