//! The keeper's own process: does what it is asked to, until its stdin ends. Signals do not end it (`main` keeps them from
//! its first line on, and nothing here takes them): what a run has handed over is written, however the run ends.

use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};

use anyhow::{Context as _, bail};

use super::message::{ARGUMENT, JOURNAL, Reply, Request, Work, folder_of, send};
use super::question;
use crate::bounded_file;
use crate::store::components;
use crate::store::whole_file::{Readers, WholeFile};

/// Serves as the keeper, or answers a question about a disk, where the command line asks for it; returns whether it did.
pub(crate) fn serve_if_asked() -> bool {
    let mut arguments = std::env::args_os().skip(1);
    let first = arguments.next().unwrap_or_default();
    if first != OsStr::new(ARGUMENT) {
        return question::answer_if_asked(&first, arguments);
    }
    serve(&PathBuf::from(arguments.next().unwrap_or_default()));
    true
}

fn serve(run: &Path) {
    let (number, journal) = match begin(run) {
        Ok(begun) => begun,
        Err(error) => return reply(&Reply::Failed(Work::Journal, error.to_string())),
    };
    let folder = &*folder_of(run, number);
    reply(&Reply::Begun(number));
    let (lines, of_journal) = channel();
    let (files, of_recordings) = channel();
    std::thread::scope(|scope| {
        let threads = [
            std::thread::Builder::new()
                .spawn_scoped(scope, move || append_all(journal, &of_journal)),
            std::thread::Builder::new()
                .spawn_scoped(scope, move || store_all(folder, &of_recordings)),
        ];
        if let Some(error) = threads.into_iter().find_map(Result::err) {
            reply(&Reply::Failed(Work::Journal, error.to_string()));
        }
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            // After a failure the journal's thread has ended, and what it would be sent is not written.
            match serde_json::from_str(&line) {
                Ok(Request::Append(text)) => drop(lines.send(text)),
                Ok(Request::Store { path, text }) => drop(files.send(ToKeep::Text(path, text))),
                Ok(Request::Keep { from, sha256 }) => {
                    drop(files.send(ToKeep::Component(from, sha256)));
                }
                Err(error) => reply(&Reply::Failed(Work::Journal, error.to_string())),
            }
        }
        drop((lines, files));
    });
}

/// The most processes of one run on one machine.
const PROCESSES_MAX: u32 = 1_000;

/// Something that is kept beside the journal.
enum ToKeep {
    /// A file by its path below the folder, and what it holds.
    Text(String, String),
    /// A component by its path and its digest.
    Component(PathBuf, String),
}

/// Makes the folder of this process, and the journal in it. Returns the folder's number among those of the run.
fn begin(run: &Path) -> std::io::Result<(u32, File)> {
    if let Some(runs) = run.parent() {
        std::fs::create_dir_all(runs)?;
    }
    for number in 1..=PROCESSES_MAX {
        let folder = folder_of(run, number);
        match std::fs::create_dir(&folder) {
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            made => {
                made?;
                let path = folder.join(JOURNAL);
                let journal = OpenOptions::new()
                    .append(true)
                    .create_new(true)
                    .open(path)?;
                journal.sync_all()?;
                return Ok((number, journal));
            }
        }
    }
    let why = format!("{} has {PROCESSES_MAX} folders already", run.display());
    Err(std::io::Error::other(why))
}

/// Appends texts until there are no more, or until one cannot be appended.
fn append_all(mut journal: File, texts: &Receiver<String>) {
    for text in texts {
        let appended = journal
            .write_all(text.as_bytes())
            .and_then(|()| journal.sync_data());
        match appended {
            Ok(()) => reply(&Reply::Done(Work::Journal)),
            Err(error) => return reply(&Reply::Failed(Work::Journal, error.to_string())),
        }
    }
}

/// Writes files until there are no more. One that cannot be written does not stop the next.
fn store_all(folder: &Path, files: &Receiver<ToKeep>) {
    for file in files {
        let stored = match file {
            ToKeep::Text(path, text) => store(&folder.join(path), text.as_bytes()),
            ToKeep::Component(from, sha256) => keep(&from, &sha256, folder),
        };
        reply(&match stored {
            Ok(()) => Reply::Done(Work::Recordings),
            Err(error) => Reply::Failed(Work::Recordings, format!("{error:#}")),
        });
    }
}

/// Keeps a component under its digest, where it is not kept yet.
fn keep(from: &Path, sha256: &str, folder: &Path) -> anyhow::Result<()> {
    let path = components::path_of(folder, sha256);
    if path.exists() {
        return Ok(());
    }
    let max = gates::Limits::default().component_bytes as u64;
    let bytes = bounded_file::read(from, max);
    let bytes = bytes.with_context(|| format!("cannot keep {}", from.display()))?;
    if gates::digest(&bytes) != sha256 {
        bail!(
            "{} has changed since it was loaded, and is not kept",
            from.display()
        );
    }
    store(&path, &bytes)
}

fn store(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    WholeFile::open(path, Readers::Owner)?.write(bytes)
}

fn reply(reply: &Reply) {
    // Where the run has ended, nobody needs the reply.
    let _ = send(&mut std::io::stdout().lock(), reply);
}
