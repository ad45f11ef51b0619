//! The recordings of a run: taken from the gates on a thread of its own and handed to the keeper, so that neither their
//! size nor the disk holds up a decision.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use gates::{Recording, RecordingSink, Secrets};

use super::keeper::{Keeper, Progress, Work};
use crate::store::recordings;

/// How long the end of a run waits for recordings that are not on disk yet.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// Stores the recordings of a run as `recordings/0001-GATE.har` and so on in its folder.
pub(crate) struct RecordingStore {
    sender: Option<Sender<Recording>>,
    thread: JoinHandle<Handed>,
    keeper: Keeper,
}

/// What the thread has handed to the keeper.
#[derive(Default)]
struct Handed {
    count: u64,
    /// Why the first that was not handed over was not.
    problem: Option<String>,
}

impl RecordingStore {
    /// Opens the store of a run. Its folder is made with the first recording.
    ///
    /// # Errors
    /// When the thread cannot be started.
    pub(crate) fn open(keeper: Keeper, secrets: Arc<Secrets>) -> std::io::Result<RecordingStore> {
        let (sender, receiver) = channel();
        let of_thread = keeper.clone();
        let thread = std::thread::Builder::new()
            .name("recordings".to_owned())
            .spawn(move || hand_over(&of_thread, &receiver, &secrets))?;
        Ok(RecordingStore {
            sender: Some(sender),
            thread,
            keeper,
        })
    }

    /// Returns the sink that hands recordings to the store; it never waits.
    pub(crate) fn sink(&self) -> RecordingSink {
        let sender = self.sender.clone();
        Arc::new(move |recording| {
            if let Some(sender) = &sender {
                // The receiving thread ends only after the last sender.
                let _ = sender.send(recording);
            }
        })
    }

    /// Waits up to two seconds until all recordings are on disk, and returns a sentence about what is missing. Every sink
    /// must be dropped before. A recording is evidence, and no decision needs it.
    pub(crate) async fn close(mut self) -> Option<String> {
        self.sender = None;
        let mut progress = self.keeper.progress();
        let handed = tokio::task::spawn_blocking(|| self.thread.join());
        let waited = tokio::time::timeout(CLOSE_TIMEOUT, async {
            let handed = handed.await.ok()?.ok()?;
            let is_done = |progress: &Progress| progress.is_settled(Work::Recordings, handed.count);
            let seen = progress.wait_for(is_done).await.ok()?.clone();
            let failure = if seen.count(Work::Recordings) < handed.count {
                seen.why_missing(Work::Recordings)
            } else {
                seen.failure(Work::Recordings)
            };
            Some(handed.problem.or(failure))
        });
        let problem = match waited.await {
            Ok(Some(problem)) => problem,
            Ok(None) => Some("their thread has ended".to_owned()),
            Err(_) => Some("the disk does not answer".to_owned()),
        };
        problem.map(|why| format!("recordings are left out: {why}"))
    }
}

fn hand_over(keeper: &Keeper, recordings: &Receiver<Recording>, secrets: &Secrets) -> Handed {
    let mut handed = Handed::default();
    for (index, recording) in recordings.iter().enumerate() {
        let gate = recording.facts.as_ref().map_or("", |facts| &facts.ask.gate);
        let path = format!("recordings/{:04}-{}.har", index + 1, file_name(gate));
        match recordings::text_without_secrets(&path, &recording, secrets) {
            Ok(text) => {
                handed.count += 1;
                keeper.store(path, text);
            }
            Err(error) => drop(handed.problem.get_or_insert_with(|| error.to_string())),
        }
    }
    handed
}

/// Returns a gate's name with the characters that every file system allows, at most 60 of them.
fn file_name(gate: &str) -> String {
    let allowed = |c: char| {
        if c.is_ascii_alphanumeric() || "-_.".contains(c) {
            c
        } else {
            '-'
        }
    };
    gate.chars().take(60).map(allowed).collect()
}
