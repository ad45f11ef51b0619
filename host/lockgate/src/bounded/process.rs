//! Starts the bounded process, hands it its request, and waits: for the reply, for the end of its time, or until nobody
//! wants the result any more. Nothing that it does holds the runtime up, in virtual time neither.

use std::io::{Read as _, Write as _};
use std::process::{Child, ChildStdin, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use gates::{BoundedWork, Bounds, Job, WorkError, WorkFuture};
use tempfile::TempDir;
use tokio::sync::oneshot;

use super::child::ARGUMENT;
use crate::executable::this_executable;
use crate::output::Output;
use crate::progress::Progress;

/// The most of what the process writes that is read, in bytes.
const REPLY_BYTES_MAX: u64 = 64 << 20;

/// Does bounded work in processes of its own.
pub(crate) struct Processes {
    output: Output,
    /// A folder for what they make, where there is no other. Removed with the last gate that may need them.
    _folder: Option<TempDir>,
}

impl Processes {
    /// Whoever waits sees it on `output`; `folder` is kept for as long.
    pub(crate) fn new(output: &Output, folder: Option<TempDir>) -> Processes {
        Processes {
            output: output.clone(),
            _folder: folder,
        }
    }
}

impl std::fmt::Debug for Processes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Processes").finish_non_exhaustive()
    }
}

/// What the thread that waits hears of.
enum Heard {
    /// The request is written. The process ends with its stdin.
    Written(ChildStdin),
    /// All that the process has written; it has ended.
    Ended(Vec<u8>),
    /// Nobody wants the result any more.
    Unwanted,
}

/// Says that the result is not wanted any more, once it is dropped.
struct WantsResult(Sender<Heard>);

impl Drop for WantsResult {
    fn drop(&mut self) {
        // The thread has ended with its result, if it does not hear this.
        let _ = self.0.send(Heard::Unwanted);
    }
}

impl BoundedWork for Processes {
    fn run(&self, job: Job) -> WorkFuture {
        let progress = Progress::new(&job.title, &self.output);
        let (tell, heard) = channel();
        let wants = WantsResult(tell.clone());
        let (done, result) = oneshot::channel();
        let waits = thread("bounded-wait", move || {
            let _ = done.send(run(job, tell, &heard, progress));
        });
        Box::pin(async move {
            waits.map_err(|error| WorkError::Process(error.to_string()))?;
            let result = result.await;
            drop(wants);
            result.unwrap_or_else(|error| Err(WorkError::Process(error.to_string())))
        })
    }

    fn run_here(&self, job: Job) -> Result<Vec<u8>, WorkError> {
        let progress = Progress::new(&job.title, &self.output);
        let (tell, heard) = channel();
        run(job, tell, &heard, progress)
    }
}

fn thread(name: &str, work: impl FnOnce() + Send + 'static) -> std::io::Result<()> {
    let thread = std::thread::Builder::new().name(name.to_owned());
    thread.spawn(work).map(drop)
}

fn run(
    job: Job,
    tell: Sender<Heard>,
    heard: &Receiver<Heard>,
    progress: Progress,
) -> Result<Vec<u8>, WorkError> {
    let Job {
        bounds, request, ..
    } = job;
    let failed = |error: std::io::Error| WorkError::Process(error.to_string());
    let mut child = start(bounds, request, tell).map_err(failed)?;
    let ended = wait(heard, bounds.wall_clock, progress);
    if !matches!(ended, Ok(Some(_))) {
        // It may have ended by itself meanwhile.
        let _ = child.kill();
    }
    let status = child.wait().map_err(failed)?;
    match ended? {
        Some(written) => reply(&written, status, bounds),
        None => Err(WorkError::Process("it is not wanted any more".to_owned())),
    }
}

/// Starts the process, a thread that writes the request, and one that reads what comes.
fn start(bounds: Bounds, request: Vec<u8>, tell: Sender<Heard>) -> std::io::Result<Child> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let (mut reader, writer) = std::io::pipe()?;
    let mut command = this_executable()?;
    command
        .arg(ARGUMENT)
        .arg(bounds.cpu.as_secs().to_string())
        .arg(bounds.memory_bytes.to_string())
        .env("RAYON_NUM_THREADS", cores.min(bounds.threads).to_string())
        .stdin(Stdio::piped())
        .stdout(writer.try_clone()?)
        .stderr(writer);
    let mut child = command.spawn()?;
    // It holds the writing end of the pipe, which must end with the process.
    drop(command);
    let stdin = child.stdin.take();
    let sender = tell.clone();
    let threads = thread("bounded-request", move || {
        let Some(mut stdin) = stdin else { return };
        let length = u64::try_from(request.len()).unwrap_or(u64::MAX);
        // A process that has ended says why by its end.
        let written = stdin
            .write_all(&length.to_le_bytes())
            .and_then(|()| stdin.write_all(&request));
        if written.is_ok() {
            let _ = sender.send(Heard::Written(stdin));
        }
    })
    .and_then(|()| {
        thread("bounded-reply", move || {
            let mut written = Vec::new();
            let _ = reader
                .by_ref()
                .take(REPLY_BYTES_MAX)
                .read_to_end(&mut written);
            let _ = tell.send(Heard::Ended(written));
        })
    });
    if let Err(error) = threads {
        let _ = child.kill();
        let _ = child.wait();
        return Err(error);
    }
    Ok(child)
}

/// Waits for the end of the process, and returns what it has written; `None` when that is not wanted any more.
fn wait(
    heard: &Receiver<Heard>,
    limit: Duration,
    mut progress: Progress,
) -> Result<Option<Vec<u8>>, WorkError> {
    let end = Instant::now() + limit;
    let mut stdin = None;
    loop {
        let left = end.saturating_duration_since(Instant::now());
        match heard.recv_timeout(left.min(progress.next())) {
            Ok(Heard::Written(open)) => stdin = Some(open),
            Ok(Heard::Ended(written)) => {
                drop(stdin);
                return Ok(Some(written));
            }
            Ok(Heard::Unwanted) | Err(RecvTimeoutError::Disconnected) => return Ok(None),
            Err(RecvTimeoutError::Timeout) if left.is_zero() => {
                return Err(WorkError::WallClock(limit));
            }
            Err(RecvTimeoutError::Timeout) => progress.show(),
        }
    }
}

/// Returns the reply in what the process has written, which is its last line, or why there is none.
fn reply(written: &[u8], status: ExitStatus, bounds: Bounds) -> Result<Vec<u8>, WorkError> {
    let last = written.rsplit(|byte| *byte == b'\n').next();
    let last = last.unwrap_or_default();
    if status.success() && !last.is_empty() {
        return Ok(last.to_vec());
    }
    let text = String::from_utf8_lossy(written);
    #[cfg(unix)]
    {
        use nix::sys::signal::Signal;
        let signal = std::os::unix::process::ExitStatusExt::signal(&status);
        if signal == Some(Signal::SIGXCPU as i32) {
            return Err(WorkError::Cpu(bounds.cpu));
        }
    }
    if text.contains("memory allocation of") {
        return Err(WorkError::Memory(bounds.memory_bytes));
    }
    let said = text.lines().map(str::trim).find(|line| !line.is_empty());
    let said = said.map(|line| format!(": {line}")).unwrap_or_default();
    Err(WorkError::Process(format!("{status}{said}")))
}
