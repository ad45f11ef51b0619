//! Recordings as files: read, written whole or not at all, and written beside a run that waits for none of them.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use anyhow::{Context as _, bail};
use gates::{
    Ask, Gate, RECORDING_BYTES_MAX, Recording, RecordingSink, ReplaySource, Replayed, Secrets,
    Services,
};

use crate::output::Output;

/// How long the end of a run waits for recordings that are not on disk yet.
const PATIENCE: Duration = Duration::from_secs(2);

/// Reads a recording.
///
/// # Errors
/// When the file cannot be read, is too large or is no HAR; with the place in it.
pub(crate) fn read(path: &Path) -> anyhow::Result<Recording> {
    let shown = path.display();
    let what = || format!("cannot read the recording {shown}");
    let size = std::fs::metadata(path).with_context(what)?.len();
    if size > RECORDING_BYTES_MAX {
        bail!("recording {shown} has {size} bytes; at most {RECORDING_BYTES_MAX} are read");
    }
    let bytes = std::fs::read(path).with_context(what)?;
    let text = String::from_utf8(bytes)
        .with_context(|| format!("recording {shown} is not UTF-8, as JSON has to be"))?;
    Recording::from_har(&text).with_context(|| format!("recording {shown} is not a HAR file"))
}

/// Writes a recording, readable for this user alone: whole, or not at all.
///
/// # Errors
/// When it holds a secret, or cannot be written; what was there before is still there.
pub(crate) fn write(path: &Path, recording: &Recording, secrets: &Secrets) -> anyhow::Result<()> {
    let text = recording.to_har();
    if let Some(name) = secrets.found_in(&text) {
        bail!(
            "recording {} holds the secret {name} and is not written; take it out of the gate's settings and requests, and \
             hang it on an allow rule",
            path.display()
        );
    }
    let what = || format!("cannot write the recording {}", path.display());
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    // Made private by the library, and renamed into place.
    let mut file =
        tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new("."))).with_context(what)?;
    file.write_all(text.as_bytes()).with_context(what)?;
    file.persist(path).with_context(what)?;
    Ok(())
}

/// Puts a question again, in virtual time and on a thread of its own.
///
/// # Errors
/// When the machine cannot start one.
pub(crate) async fn replay(
    gate: &Gate,
    ask: Ask,
    world: ReplaySource,
    services: Services,
) -> anyhow::Result<Replayed> {
    let gate = gate.clone();
    let replaying = tokio::task::spawn_blocking(move || {
        gates::in_virtual_time(async { gate.replay(&ask, world, services).await })
    });
    let replayed = replaying.await.context("the replay was cut short")?;
    replayed.context("cannot start the replay")
}

/// Writes the recordings of a run into its folder, from a thread of its own: a disk that hangs holds up no rollback.
pub(crate) struct Shelf {
    sender: Option<Sender<Recording>>,
    done: Receiver<()>,
}

impl Shelf {
    /// Opens the shelf of a run. Its folder is made when the first recording comes.
    ///
    /// # Errors
    /// When there can be no thread.
    pub(crate) fn open(
        folder: PathBuf,
        secrets: Arc<Secrets>,
        output: &Output,
    ) -> std::io::Result<Shelf> {
        let (sender, receiver) = channel();
        let (tell, done) = channel();
        let output = output.clone();
        std::thread::Builder::new()
            .name("recordings".to_owned())
            .spawn(move || {
                keep(&folder, &receiver, &secrets, &output);
                // Nobody may be waiting any more.
                let _ = tell.send(());
            })?;
        Ok(Shelf {
            sender: Some(sender),
            done,
        })
    }

    /// Returns what puts a recording on the shelf; it never waits.
    pub(crate) fn recorder(&self) -> RecordingSink {
        let sender = self.sender.clone();
        Arc::new(move |recording| {
            if let Some(sender) = &sender {
                // The thread ends only with the last sender.
                let _ = sender.send(recording);
            }
        })
    }

    /// Waits a little for what is not on disk yet. Every recorder must be gone by then.
    pub(crate) fn close(mut self) {
        self.sender = None;
        // What takes longer is lost, and was said to be evidence only.
        let _ = self.done.recv_timeout(PATIENCE);
    }
}

fn keep(folder: &Path, recordings: &Receiver<Recording>, secrets: &Secrets, output: &Output) {
    let mut complained = false;
    for (number, recording) in recordings.iter().enumerate() {
        let gate = recording.facts.as_ref().map_or("", |facts| &facts.ask.gate);
        let name = format!("{:04}-{}.har", number + 1, file_name(gate));
        let written = std::fs::create_dir_all(folder)
            .with_context(|| format!("cannot make the folder {}", folder.display()))
            .and_then(|()| write(&folder.join(name), &recording, secrets));
        if let Err(error) = written
            && !complained
        {
            complained = true;
            output.note(&format!("recordings are left out: {error:#}"));
        }
    }
}

/// A gate's name as a file may be called on every system.
fn file_name(gate: &str) -> String {
    let allowed = |c: char| match c.is_ascii_alphanumeric() || "-_.".contains(c) {
        true => c,
        false => '-',
    };
    gate.chars().take(60).map(allowed).collect()
}
