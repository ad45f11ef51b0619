//! The journal of a run as the engine's port: hands each event to the keeper, and knows which of them are kept.

use std::pin::Pin;
use std::time::{Duration, Instant};

use rollout::{Event, Rollout};
use serde::Serialize;
use tokio::sync::watch;

use super::journal::JournalHeader;
use super::keeper::{Keeper, Progress, Work};

/// The longest that an event may take to be kept while the run goes forward.
const KEEP_MAX: Duration = Duration::from_secs(5);
/// How long the end of a run waits for events that are not kept yet.
const FINISH_MAX: Duration = Duration::from_secs(2);

/// A journal that is being written.
pub(super) struct JournalWriter {
    keeper: Keeper,
    progress: watch::Receiver<Progress>,
    appended: u64,
    /// When the oldest line that is not kept was handed over.
    waiting_since: Instant,
}

impl JournalWriter {
    /// Begins the journal of this process's part of a run.
    pub(super) fn begin(keeper: Keeper, rollout: &Rollout) -> JournalWriter {
        let mut writer = JournalWriter {
            progress: keeper.progress(),
            keeper,
            appended: 0,
            waiting_since: Instant::now(),
        };
        writer.line(&JournalHeader::of(rollout));
        writer
    }

    /// Waits a moment for what is not kept yet, and returns a sentence about what is missing in the end.
    pub(super) async fn finish(mut self) -> Option<String> {
        let appended = self.appended;
        let is_done = |progress: &Progress| progress.is_settled(Work::Journal, appended);
        let _ = tokio::time::timeout(FINISH_MAX, self.progress.wait_for(is_done)).await;
        let progress = self.progress.borrow().clone();
        let missing = appended.saturating_sub(progress.count(Work::Journal));
        (missing > 0).then(|| {
            let why = progress.why_missing(Work::Journal);
            let why = why.unwrap_or_else(|| "the disk does not answer".to_owned());
            let path = self.keeper.journal();
            let lines = if missing == 1 { "event" } else { "events" };
            format!(
                "the journal {} lacks the last {missing} {lines} of this run: {why}",
                path.display()
            )
        })
    }

    /// Header and events are plain data, so each has a text.
    fn line(&mut self, line: &impl Serialize) {
        if self.progress.borrow().count(Work::Journal) == self.appended {
            self.waiting_since = Instant::now();
        }
        self.appended += 1;
        if let Ok(mut text) = serde_json::to_string(line) {
            text.push('\n');
            self.keeper.append(text);
        }
    }
}

impl rollout::ports::Journal for JournalWriter {
    fn append(&mut self, event: &Event) {
        self.line(event);
    }

    fn kept(&mut self) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send + '_>> {
        let appended = self.appended;
        let end = self.waiting_since + KEEP_MAX;
        let path = self.keeper.journal();
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
