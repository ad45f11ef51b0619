//! Recordings as files: read, written whole or not at all, replayed, and stored beside a run that never waits for them.

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
use crate::store::whole_file::{Readers, WholeFile};

/// How long the end of a run waits for recordings that are not on disk yet.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// Reads a recording.
///
/// # Errors
/// When the file cannot be read, is larger than `RECORDING_BYTES_MAX` or is not a HAR file; with the place in it.
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
/// When it holds a secret, or cannot be written; an older file at the path is unchanged.
pub(crate) fn write(path: &Path, recording: &Recording, secrets: &Secrets) -> anyhow::Result<()> {
    write_into(open(path)?, path, recording, secrets)
}

/// Makes sure that a recording can be written to a path, before it is made.
///
/// # Errors
/// When it cannot be.
pub(crate) fn open(path: &Path) -> anyhow::Result<WholeFile> {
    WholeFile::open(path, Readers::Owner).context("there is no place for the recording")
}

/// Writes a recording into a file that was opened before.
///
/// # Errors
/// As for [`write()`].
pub(crate) fn write_into(
    file: WholeFile,
    path: &Path,
    recording: &Recording,
    secrets: &Secrets,
) -> anyhow::Result<()> {
    let text = recording.to_har();
    if let Some(name) = secrets.found_in(&text) {
        bail!(
            "recording {} holds the secret {name} and is not written; remove it from the gate's settings and requests, and \
             put it on an allow rule",
            path.display()
        );
    }
    file.write(text.as_bytes())
}

/// Replays a call, in virtual time and on a thread of its own.
///
/// # Errors
/// When the thread or its runtime cannot be started.
pub(crate) async fn replay(
    gate: &Gate,
    ask: Ask,
    source: ReplaySource,
    services: Services,
) -> anyhow::Result<Replayed> {
    let gate = gate.clone();
    let replaying = tokio::task::spawn_blocking(move || {
        gates::in_virtual_time(async { gate.replay(&ask, source, services).await })
    });
    let replayed = replaying.await.context("the replay was cut short")?;
    replayed.context("cannot start the replay")
}

/// Stores the recordings of a run in its folder, from a thread of its own: a disk that hangs holds up no rollback.
pub(crate) struct RecordingStore {
    sender: Option<Sender<Recording>>,
    done: Receiver<()>,
}

impl RecordingStore {
    /// Opens the store of a run. The folder is created with the first recording.
    ///
    /// # Errors
    /// When the thread cannot be started.
    pub(crate) fn open(
        folder: PathBuf,
        secrets: Arc<Secrets>,
        output: &Output,
    ) -> std::io::Result<RecordingStore> {
        let (sender, receiver) = channel();
        let (done_sender, done) = channel();
        let output = output.clone();
        std::thread::Builder::new()
            .name("recordings".to_owned())
            .spawn(move || {
                write_all(&folder, &receiver, &secrets, &output);
                // After its timeout `close` does not listen any more.
                let _ = done_sender.send(());
            })?;
        Ok(RecordingStore {
            sender: Some(sender),
            done,
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

    /// Waits up to two seconds until all recordings are on disk. Every sink must be dropped before.
    pub(crate) fn close(mut self) {
        self.sender = None;
        // Recordings that take longer are lost. They are evidence; no decision needs them.
        let _ = self.done.recv_timeout(CLOSE_TIMEOUT);
    }
}

/// Writes recordings until the last sender is gone, as `0001-GATE.har` and so on. Reports only the first failure.
fn write_all(folder: &Path, recordings: &Receiver<Recording>, secrets: &Secrets, output: &Output) {
    let mut reported = false;
    for (index, recording) in recordings.iter().enumerate() {
        let gate = recording.facts.as_ref().map_or("", |facts| &facts.ask.gate);
        let name = format!("{:04}-{}.har", index + 1, file_name(gate));
        let written = std::fs::create_dir_all(folder)
            .with_context(|| format!("cannot create the folder {}", folder.display()))
            .and_then(|()| write(&folder.join(name), &recording, secrets));
        if let Err(error) = written
            && !reported
        {
            reported = true;
            output.note(&format!("recordings are left out: {error:#}"));
        }
    }
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
