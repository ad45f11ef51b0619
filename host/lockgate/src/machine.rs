//! What the process takes of the machine before it begins: threads and descriptors. Where they are missing, the command
//! ends here, as an error, and not in a panic once traffic has moved.

use std::fs::File;
use std::sync::Mutex;

use anyhow::{Context as _, bail};
use tokio::runtime::Runtime;

/// The threads of the async runtime.
const WORKERS: usize = 2;

/// The threads beside them: two streams of output, the recordings, the clock of gates, two for name look-ups and files, two
/// that wait for the keeper, its own three, and two that export spans.
const OTHER_THREADS: usize = 13;

/// The stack of a thread that only waits, in bytes.
const STACK: usize = 64 << 10;

/// The descriptors that a run has open at once: pipes and timers of the runtime and of the keeper, and a connection to
/// the platform, to each revision and to the identity endpoint, with room for as many again.
const DESCRIPTORS: usize = 32;

/// Starts the async runtime, once it is known that the machine has what a run takes.
///
/// # Errors
/// When threads or descriptors are missing. Nothing was read or written.
pub(crate) fn start_runtime() -> anyhow::Result<Runtime> {
    descriptors()?;
    threads()?;
    // Others of this user may have taken the threads meanwhile: then tokio panics, before there is anything to lose.
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let built = std::panic::catch_unwind(|| {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        builder.worker_threads(WORKERS).enable_all().build()
    });
    std::panic::set_hook(hook);
    match built {
        Ok(runtime) => runtime.context("cannot start the async runtime"),
        Err(_) => bail!("cannot start the threads of the async runtime; see `ulimit -u`"),
    }
}

/// Opens as many files as a run has open at once, and closes them.
fn descriptors() -> anyhow::Result<()> {
    let mut open = Vec::new();
    while open.len() < DESCRIPTORS {
        match File::open(NOTHING) {
            Ok(file) => open.push(file),
            // A machine without this file is judged by the first connection.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(error) => {
                let count = open.len();
                drop(open);
                return Err(error).with_context(|| {
                    format!(
                        "this process may open {count} more files, and a run needs {DESCRIPTORS}; raise the limit, such \
                         as with `ulimit -n 1024`"
                    )
                });
            }
        }
    }
    Ok(())
}

#[cfg(unix)]
const NOTHING: &str = "/dev/null";
#[cfg(not(unix))]
const NOTHING: &str = "NUL";

/// Starts as many threads as a run has at once, and ends them.
fn threads() -> anyhow::Result<()> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    // Compiling a gate takes a thread for each core, and fewer others than are there later: three that wait, and three of the
    // process that compiles.
    let wanted = WORKERS + OTHER_THREADS + cores;
    // Each waits for this lock, so that all are there at the same time.
    let gate = Mutex::new(());
    let missing = std::thread::scope(|scope| {
        let closed = gate.lock();
        let wait = || drop(gate.lock());
        for started in 0..wanted {
            let thread = std::thread::Builder::new().stack_size(STACK);
            if let Err(error) = thread.spawn_scoped(scope, wait) {
                return Some((started, error));
            }
        }
        drop(closed);
        None
    });
    match missing {
        None => Ok(()),
        Some((count, error)) => Err(error).with_context(|| {
            format!(
                "this process may start {count} threads, and a run needs {wanted}; raise the limit, such as with \
                 `ulimit -u`"
            )
        }),
    }
}
