//! Starts the keeper, hands it work, and hears how far it is. Never waits for a disk: where the keeper does not read or
//! answer, two threads wait for it, and those end with this process.

use std::io::{BufRead as _, BufReader, Error, ErrorKind};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use tokio::sync::watch;

use super::message::{ARGUMENT, JOURNAL, Request, Work, folder_of, send};
use super::progress::Progress;
use crate::executable::this_executable;

/// A keeper that was started. Once the last clone is dropped, the keeper ends when its work is done.
#[derive(Clone)]
pub(crate) struct Keeper {
    requests: Sender<Request>,
    progress: watch::Receiver<Progress>,
    folder: PathBuf,
}

impl Keeper {
    /// Starts the keeper of a run and waits until the journal is there. The folder has the run's name; a later process of the
    /// same run gets a folder with a number after it.
    ///
    /// # Errors
    /// When the process cannot be started, the folder or the journal cannot be made, or all of that takes longer than
    /// `limit`.
    pub(crate) async fn start(folder: &Path, limit: Duration) -> std::io::Result<Keeper> {
        let folder = std::path::absolute(folder)?;
        let mut child = spawn(&folder)?;
        let pipes = child.stdin.take().zip(child.stdout.take());
        let (stdin, stdout) = pipes.ok_or_else(|| Error::other("the keeper has no pipes"))?;
        let (requests, waiting) = channel();
        let (report, mut progress) = watch::channel(Progress::default());
        thread("keeper-requests", move || send_all(stdin, &waiting))?;
        thread("keeper-replies", move || {
            take_all(stdout, &report);
            // It has closed its output, so it ends now; nobody else waits for it.
            let _ = child.wait();
        })?;
        let is_over =
            |progress: &Progress| progress.begun().is_some() || progress.is_over(Work::Journal);
        let begun = tokio::time::timeout(limit, progress.wait_for(is_over)).await;
        let begun = begun.map_err(|_| no_answer(limit))?;
        let begun = begun.map_err(Error::other)?.clone();
        let Some(number) = begun.begun() else {
            let why = begun.why_missing(Work::Journal);
            return Err(Error::other(why.unwrap_or_default()));
        };
        Ok(Keeper {
            requests,
            progress,
            folder: folder_of(&folder, number),
        })
    }

    /// Returns the journal's path.
    pub(crate) fn journal(&self) -> PathBuf {
        self.folder.join(JOURNAL)
    }

    /// Returns the folder of this process of the run.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns how far the keeper is, and wakes with each of its replies.
    pub(crate) fn progress(&self) -> watch::Receiver<Progress> {
        self.progress.clone()
    }

    /// Hands over a text for the journal.
    pub(crate) fn append(&self, text: String) {
        self.ask(Request::Append(text));
    }

    /// Hands over a file; `path` is below the folder.
    pub(crate) fn store(&self, path: String, text: String) {
        self.ask(Request::Store { path, text });
    }

    /// Hands over a component to keep by its digest beside the runs.
    pub(crate) fn keep(&self, from: PathBuf, sha256: String) {
        self.ask(Request::Keep { from, sha256 });
    }

    fn ask(&self, request: Request) {
        // A keeper that has ended is a failure in its progress.
        let _ = self.requests.send(request);
    }
}

fn spawn(folder: &Path) -> std::io::Result<Child> {
    let mut command = this_executable()?;
    command.arg(ARGUMENT).arg(folder).stdin(Stdio::piped());
    command.spawn()
}

/// Returns the error of a disk that has not answered for so long.
pub(super) fn no_answer(limit: Duration) -> Error {
    let shown = rollout::human(limit);
    Error::new(
        ErrorKind::TimedOut,
        format!("the disk does not answer within {shown}"),
    )
}

fn thread(name: &str, work: impl FnOnce() + Send + 'static) -> std::io::Result<()> {
    let thread = std::thread::Builder::new().name(name.to_owned());
    thread.spawn(work).map(drop)
}

fn send_all(mut stdin: ChildStdin, requests: &Receiver<Request>) {
    for request in requests {
        if send(&mut stdin, &request).is_err() {
            return;
        }
    }
}

fn take_all(stdout: ChildStdout, report: &watch::Sender<Progress>) {
    for line in BufReader::new(stdout).lines().map_while(Result::ok) {
        if let Ok(reply) = serde_json::from_str(&line) {
            report.send_modify(|progress| progress.take(reply));
        }
    }
    report.send_modify(Progress::end);
}
