//! Asks one thing of a disk that may hang, in a process of its own: this executable, started again.

use std::ffi::{OsStr, OsString};
use std::fs::{self, OpenOptions};
use std::io::{self, Error, ErrorKind, Read as _};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::sync::oneshot;

use super::message::send;
use super::process::no_answer;
use crate::executable::this_executable;
use crate::run::journal;

/// The arguments with which lockgate starts itself to answer. They are no commands: nobody types them.
const IS_WRITABLE: &str = "__is-writable";
const HAS_PASSED: &str = "__has-passed";

/// The answer: nothing, or the reason why not.
type Answer = Result<(), String>;

/// Returns whether a folder can be written, by writing an empty file into it and removing it again: permissions alone do
/// not show a full or read-only disk. A folder that does not exist is not created; its nearest existing parent is
/// checked instead.
///
/// # Errors
/// When it cannot be, or when that is not known within `limit`.
pub(crate) async fn is_writable(folder: &Path, limit: Duration) -> io::Result<()> {
    let folder = std::path::absolute(folder)?;
    let answer = ask(&[OsStr::new(IS_WRITABLE), folder.as_os_str()], limit).await?;
    answer.map_err(Error::other)
}

/// Returns whether a journal on this machine says that this process of a run has promoted its canary. False where that is
/// not known within `limit`.
pub(crate) async fn has_passed(state_dir: &Path, run: &str, holder: &str, limit: Duration) -> bool {
    let arguments = [
        OsStr::new(HAS_PASSED),
        state_dir.as_os_str(),
        run.as_ref(),
        holder.as_ref(),
    ];
    let answer = ask(&arguments, limit).await;
    answer.is_ok_and(|answer| answer.is_ok())
}

async fn ask(arguments: &[&OsStr], limit: Duration) -> io::Result<Answer> {
    let mut child = this_executable()?
        .args(arguments)
        .stdin(Stdio::null())
        .spawn()?;
    let stdout = child.stdout.take();
    let (sender, answer) = oneshot::channel();
    // It ends with this process where the disk never answers.
    std::thread::Builder::new()
        .name("disk-question".to_owned())
        .spawn(move || {
            let mut text = String::new();
            let read = stdout.map_or(Ok(0), |mut stdout| stdout.read_to_string(&mut text));
            let _ = sender.send(read.map(|_| text));
            let _ = child.wait();
        })?;
    let answer = tokio::time::timeout(limit, answer).await;
    let answer = answer.map_err(|_| no_answer(limit))?;
    let text = answer.map_err(Error::other)??;
    Ok(serde_json::from_str(&text)?)
}

/// Answers where the command line asks something, and returns whether it did.
pub(super) fn answer_if_asked(argument: &OsStr, mut rest: impl Iterator<Item = OsString>) -> bool {
    let mut next = || rest.next().unwrap_or_default();
    let answer: Answer = if argument == IS_WRITABLE {
        probe(&PathBuf::from(next())).map_err(|error| error.to_string())
    } else if argument == HAS_PASSED {
        let (state_dir, run, holder) = (PathBuf::from(next()), next(), next());
        let (run, holder) = (run.to_string_lossy(), holder.to_string_lossy());
        let passed = journal::has_passed(&state_dir, &run, &holder);
        passed
            .then_some(())
            .ok_or_else(|| "no journal says so".to_owned())
    } else {
        return false;
    };
    // Where the process that asks has ended, nobody needs the answer.
    let _ = send(&mut io::stdout().lock(), &answer);
    true
}

fn probe(folder: &Path) -> io::Result<()> {
    let existing = folder.ancestors().find(|folder| folder.exists());
    let existing = existing.unwrap_or(folder);
    if !existing.is_dir() {
        return Err(Error::new(
            ErrorKind::NotADirectory,
            format!("{} is not a folder", existing.display()),
        ));
    }
    let probe = existing.join(format!(".lockgate-preflight-{}", std::process::id()));
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&probe)?;
    fs::remove_file(&probe)
}
