//! The recordings of a run: taken from the gates on a thread of its own and handed to the keeper, so that neither their
//! size nor the disk holds up a decision.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use gates::{Recording, RecordingSink, Secrets};

use super::keeper::{Keeper, Progress, Work};
use super::replay_lines::ReplayLines;
use crate::store::{components, recordings};

/// How long the end of a run waits for recordings that are not on disk yet.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// The name of the configuration in the folder of a run.
const CONFIGURATION: &str = "lockgate.toml";

/// The components of the gates, by the gates' names.
pub(crate) type Components = BTreeMap<String, ComponentSource>;

/// Where the component of a gate is from.
#[derive(Debug, Clone)]
pub(crate) enum ComponentSource {
    /// Part of this executable, by name.
    BuiltIn(&'static str),
    /// A file, by its absolute path and its SHA-256 in hex when it was loaded.
    File(PathBuf, String),
}

/// Stores the recordings of a run as `recordings/0001-GATE.har` and so on in its folder, and each component that was called
/// beside the runs.
pub(crate) struct RecordingStore {
    sender: Option<Sender<Numbered>>,
    thread: JoinHandle<Handed>,
    keeper: Keeper,
    components: Arc<Components>,
    replays: ReplayLines,
}

/// A recording with its path below the folder of the run.
struct Numbered {
    path: String,
    recording: Recording,
}

/// What the thread has handed to the keeper.
#[derive(Default)]
struct Handed {
    count: u64,
    /// Why the first that was not handed over was not.
    problem: Option<String>,
}

impl RecordingStore {
    /// Opens the store of a run. Its folder is made with the first recording. `configuration` is the text of its file, without
    /// secrets, which is kept beside the journal.
    ///
    /// # Errors
    /// When the thread cannot be started.
    pub(crate) fn open(
        keeper: Keeper,
        secrets: Arc<Secrets>,
        components: Components,
        configuration: Option<String>,
    ) -> std::io::Result<RecordingStore> {
        let (sender, receiver) = channel();
        let components = Arc::new(components);
        let of_recordings = components.clone();
        let of_thread = keeper.clone();
        let thread = std::thread::Builder::new()
            .name("recordings".to_owned())
            .spawn(move || {
                let mut handed = Handed::default();
                if let Some(text) = configuration {
                    keep_configuration(&mut handed, text, &of_thread, &secrets);
                }
                hand_over(handed, &of_thread, &receiver, &secrets, &of_recordings)
            })?;
        Ok(RecordingStore {
            sender: Some(sender),
            thread,
            keeper,
            components,
            replays: ReplayLines::default(),
        })
    }

    /// Returns how the latest call of each gate is put again.
    pub(crate) fn replay_lines(&self) -> ReplayLines {
        self.replays.clone()
    }

    /// Returns the sink that numbers recordings and hands them to the store; it never waits.
    pub(crate) fn sink(&self) -> RecordingSink {
        let sender = self.sender.clone();
        let folder = self.keeper.folder().to_owned();
        let (components, replays) = (self.components.clone(), self.replays.clone());
        let count = AtomicU32::new(0);
        Arc::new(move |recording: Recording| {
            let Some(sender) = &sender else { return };
            let number = count.fetch_add(1, Ordering::Relaxed) + 1;
            let gate = recording.call.as_ref().map_or("", |call| &call.ask.gate);
            let path = format!("recordings/{number:04}-{}.har", file_name(gate));
            let plugin = match components.get(gate) {
                Some(ComponentSource::BuiltIn(name)) => PathBuf::from(name),
                Some(ComponentSource::File(_, sha256)) => components::path_of(&folder, sha256),
                None => PathBuf::from(gate),
            };
            replays.note(gate, &plugin, folder.join(&path));
            // The receiving thread ends only after the last sender.
            let _ = sender.send(Numbered { path, recording });
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

fn keep_configuration(handed: &mut Handed, text: String, keeper: &Keeper, secrets: &Secrets) {
    if let Some(secret) = secrets.found_in(&text) {
        let problem = format!("the configuration holds the secret {secret} and is not kept");
        handed.problem = Some(problem);
        return;
    }
    handed.count += 1;
    keeper.store(CONFIGURATION.to_owned(), text);
}

fn hand_over(
    mut handed: Handed,
    keeper: &Keeper,
    recordings: &Receiver<Numbered>,
    secrets: &Secrets,
    components: &Components,
) -> Handed {
    // At once: a file that is built anew during the run is another component.
    let mut kept = BTreeSet::new();
    for source in components.values() {
        if let ComponentSource::File(from, sha256) = source
            && kept.insert(sha256)
        {
            handed.count += 1;
            keeper.keep(from.clone(), sha256.clone());
        }
    }
    for Numbered { path, recording } in recordings {
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
