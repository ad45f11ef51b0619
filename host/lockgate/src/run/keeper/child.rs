//! The keeper's own process: does what it is asked to, until its stdin ends. Signals do not end it (`main` keeps them from
//! its first line on, and nothing here takes them): what a run has handed over is written, however the run ends.

use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};

use super::message::{ARGUMENT, JOURNAL, Reply, Request, Work, send};
use super::question;
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

fn serve(folder: &Path) {
    let journal = match begin(folder) {
        Ok(journal) => journal,
        Err(error) => return reply(&Reply::Failed(Work::Journal, error.to_string())),
    };
    reply(&Reply::Done(Work::Journal));
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
                Ok(Request::Store { path, text }) => drop(files.send((path, text))),
                Err(error) => reply(&Reply::Failed(Work::Journal, error.to_string())),
            }
        }
        drop((lines, files));
    });
}

/// Makes the folder, and the journal in it.
fn begin(folder: &Path) -> std::io::Result<File> {
    std::fs::create_dir_all(folder)?;
    let path = folder.join(JOURNAL);
    let journal = OpenOptions::new()
        .append(true)
        .create_new(true)
        .open(path)?;
    journal.sync_all()?;
    Ok(journal)
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
fn store_all(folder: &Path, files: &Receiver<(String, String)>) {
    for (path, text) in files {
        reply(&match store(&folder.join(path), &text) {
            Ok(()) => Reply::Done(Work::Recordings),
            Err(error) => Reply::Failed(Work::Recordings, format!("{error:#}")),
        });
    }
}

fn store(path: &Path, text: &str) -> anyhow::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    WholeFile::open(path, Readers::Owner)?.write(text.as_bytes())
}

fn reply(reply: &Reply) {
    // Where the run has ended, nobody needs the reply.
    let _ = send(&mut std::io::stdout().lock(), reply);
}
