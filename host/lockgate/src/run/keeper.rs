//! Keeps the journal of a run: appends and syncs its lines on a thread of its own, so that a disk that hangs holds up no
//! rollback and no exit code.
//!
//! The limit: while the kernel itself is stuck in a write (a frozen file system), the operating system may not let the
//! process end after it has ended its work.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use rollout::{Event, Rollout};
use serde::Serialize;
use tokio::sync::watch;

use super::journal::JournalHeader;

/// The longest that an event may take to be kept while the run goes forward.
const KEEP_MAX: Duration = Duration::from_secs(5);
/// How long the end of a run waits for events that are not kept yet.
const FINISH_MAX: Duration = Duration::from_secs(2);

/// A journal that is being written.
pub(crate) struct JournalKeeper {
    lines: Sender<String>,
    progress: watch::Receiver<Progress>,
    appended: u64,
    /// When the oldest line that is not kept was handed over.
    waiting_since: Instant,
    path: PathBuf,
}

/// How far the thread is.
#[derive(Debug, Clone, Default)]
struct Progress {
    kept: u64,
    /// The first failure; nothing is written after it.
    failure: Option<String>,
}

impl JournalKeeper {
    /// Begins the journal of this process's part of a run in `folder`, which is made if need be. A later process of
    /// the same run has a folder of its own.
    ///
    /// # Errors
    /// When the folder or the file cannot be made, the file is there already, the first line cannot be synced, or all of
    /// that takes longer than `limit`.
    pub(crate) fn begin(
        folder: &Path,
        rollout: &Rollout,
        limit: Duration,
    ) -> std::io::Result<JournalKeeper> {
        let path = folder.join("journal.jsonl");
        let header = text_of(&JournalHeader::of(rollout))?;
        let (begun, is_begun) = channel();
        let (lines, receiver) = channel();
        let (report, progress) = watch::channel(Progress::default());
        let (folder, file) = (folder.to_owned(), path.clone());
        std::thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || match create(&folder, &file, &header) {
                Ok(opened) => {
                    let _ = begun.send(Ok(()));
                    keep(opened, &file, &receiver, &report);
                }
                Err(error) => {
                    let _ = begun.send(Err(error));
                }
            })?;
        is_begun.recv_timeout(limit).unwrap_or_else(|_| {
            let why = format!("the disk does not answer within {}", rollout::human(limit));
            Err(std::io::Error::new(std::io::ErrorKind::TimedOut, why))
        })?;
        Ok(JournalKeeper {
            lines,
            progress,
            appended: 0,
            waiting_since: Instant::now(),
            path,
        })
    }

    /// Returns the file's path.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Waits a moment for what is not kept yet, and returns a sentence about what is missing in the end.
    pub(crate) async fn finish(mut self) -> Option<String> {
        let appended = self.appended;
        let is_done = |progress: &Progress| progress.kept >= appended || progress.failure.is_some();
        let _ = tokio::time::timeout(FINISH_MAX, self.progress.wait_for(is_done)).await;
        let progress = self.progress.borrow().clone();
        let missing = appended.saturating_sub(progress.kept);
        (missing > 0).then(|| {
            let why = progress
                .failure
                .unwrap_or_else(|| format!("{}: the disk does not answer", self.path.display()));
            format!("the journal lacks the last {missing} events of this run: {why}")
        })
    }
}

impl rollout::ports::Journal for JournalKeeper {
    fn append(&mut self, event: &Event) {
        if self.progress.borrow().kept == self.appended {
            self.waiting_since = Instant::now();
        }
        self.appended += 1;
        // An event is plain data, so it has a text. Without a thread to take it the failure is known already.
        if let Ok(line) = text_of(event) {
            let _ = self.lines.send(line);
        }
    }

    fn kept(&mut self) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send + '_>> {
        let appended = self.appended;
        let end = self.waiting_since + KEEP_MAX;
        let path = &self.path;
        let progress = &mut self.progress;
        Box::pin(async move {
            let is_done =
                |progress: &Progress| progress.kept >= appended || progress.failure.is_some();
            match tokio::time::timeout_at(end.into(), progress.wait_for(is_done)).await {
                Ok(Ok(progress)) => progress.failure.clone().map_or(Ok(()), Err),
                Ok(Err(_)) => Err(format!("{}: its writer has ended", path.display())),
                Err(_) => Err(format!(
                    "{}: an event is not kept within {}",
                    path.display(),
                    rollout::human(KEEP_MAX)
                )),
            }
        })
    }
}

fn text_of(line: &impl Serialize) -> std::io::Result<String> {
    let mut text = serde_json::to_string(line)?;
    text.push('\n');
    Ok(text)
}

fn create(folder: &Path, path: &Path, header: &str) -> std::io::Result<File> {
    std::fs::create_dir_all(folder)?;
    let mut file = OpenOptions::new()
        .append(true)
        .create_new(true)
        .open(path)?;
    write(&mut file, header)?;
    Ok(file)
}

/// Writes lines until there are no more, or until one fails.
fn keep(mut file: File, path: &Path, lines: &Receiver<String>, report: &watch::Sender<Progress>) {
    for line in lines {
        let written = write(&mut file, &line);
        report.send_modify(|progress| match &written {
            Ok(()) => progress.kept += 1,
            Err(error) => progress.failure = Some(format!("{}: {error}", path.display())),
        });
        if written.is_err() {
            return;
        }
    }
}

fn write(file: &mut File, line: &str) -> std::io::Result<()> {
    file.write_all(line.as_bytes())?;
    file.sync_data()
}
