//! Recordings as files: read, written whole or not at all, and replayed.

use std::path::Path;

use anyhow::{Context as _, bail};
use gates::{
    Ask, Attachments, Gate, RECORDING_BYTES_MAX, Recording, ReplaySource, Replayed, Secrets,
    Services,
};

use super::attachments::{ArchiveAttachments, FolderAttachments};
use crate::bounded_file;
use crate::store::whole_file::{Readers, WholeFile};

/// Reads a recording: a HAR file, with the files beside it that hold its bodies, or a zip file with both.
///
/// # Errors
/// When the file cannot be read, is larger than `RECORDING_BYTES_MAX` or is not a HAR file; with the place in it.
pub(crate) fn read(path: &Path) -> anyhow::Result<Recording> {
    let shown = path.display();
    let what = || format!("cannot read the recording {shown}");
    let bytes = bounded_file::read(path, RECORDING_BYTES_MAX);
    let bytes = bytes.with_context(what)?;
    if bytes.starts_with(ZIP) {
        let archive = ArchiveAttachments::open(bytes).with_context(|| {
            format!("recording {shown} is not a zip file with a HAR file in it")
        })?;
        return parsed(path, archive.har()?, &archive);
    }
    let folder = path.parent().unwrap_or(Path::new("")).to_owned();
    parsed(path, bytes, &FolderAttachments { folder })
}

/// What a zip file begins with.
const ZIP: &[u8] = b"PK\x03\x04";

fn parsed(path: &Path, bytes: Vec<u8>, attachments: &dyn Attachments) -> anyhow::Result<Recording> {
    let shown = path.display();
    let text = String::from_utf8(bytes)
        .with_context(|| format!("recording {shown} is not UTF-8, as JSON has to be"))?;
    Recording::read(&text, attachments)
        .with_context(|| format!("recording {shown} is not a HAR file"))
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
/// When it holds a secret, or cannot be written; an older file at the path is unchanged.
pub(crate) fn write_into(
    file: WholeFile,
    path: &Path,
    recording: &Recording,
    secrets: &Secrets,
) -> anyhow::Result<()> {
    let text = text_without_secrets(&path.display().to_string(), recording, secrets)?;
    file.write(text.as_bytes())
}

/// Returns a recording as the text of its file; `name` is for the error.
///
/// # Errors
/// When the recording holds a secret.
pub(crate) fn text_without_secrets(
    name: &str,
    recording: &Recording,
    secrets: &Secrets,
) -> anyhow::Result<String> {
    let text = recording.to_har();
    if let Some(secret) = secrets.found_in(&text) {
        bail!(
            "recording {name} holds the secret {secret} and is not written; remove it from the gate's settings and requests, \
             and put it on an allow rule"
        );
    }
    Ok(text)
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
