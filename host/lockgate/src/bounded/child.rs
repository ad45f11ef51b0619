//! The bounded process: reads one request, does the work, writes the reply, and ends when its stdin does, so that it never
//! outlives the process that asks.

use std::alloc::System;
use std::ffi::OsStr;
use std::io::{Read as _, Write as _};
use std::sync::mpsc::{Sender, channel};

use cap::Cap;

/// The argument with which lockgate starts itself for bounded work; the seconds of computing and the bytes of memory follow.
/// It is no command: nobody types it.
pub(super) const ARGUMENT: &str = "__bounded";

/// Hands out memory and counts it. Without a limit, but for the bounded process.
#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

/// The stack of the thread that works, in bytes: a deep component is an error and not an overflow.
const STACK: usize = 64 << 20;

/// What the main thread hears of.
enum Heard {
    Reply(Vec<u8>),
    /// The process that asks has ended, or does not want the reply any more.
    StdinEnded,
}

/// Does the work where the command line asks for it; returns whether it does.
pub(crate) fn serve_if_asked() -> bool {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().as_deref() != Some(OsStr::new(ARGUMENT)) {
        return false;
    }
    let mut number = || arguments.next()?.to_str()?.parse::<u64>().ok();
    if let (Some(cpu_s), Some(memory_bytes)) = (number(), number()) {
        confine(cpu_s);
        // Before anything is allocated for the work; fails only where that were more than the limit already.
        let _ = ALLOCATOR.set_limit(usize::try_from(memory_bytes).unwrap_or(usize::MAX));
        serve();
    }
    true
}

/// Bounds what the operating system counts, and makes what is written readable for this user alone.
#[cfg(unix)]
fn confine(cpu_s: u64) {
    use nix::sys::resource::{Resource, setrlimit};
    use nix::sys::stat::{Mode, umask};
    // SIGXCPU says why it ends; where that is not obeyed, SIGKILL follows a second later.
    let _ = setrlimit(Resource::RLIMIT_CPU, cpu_s, cpu_s.saturating_add(1));
    // What ends this way is no fault to be looked into.
    let _ = setrlimit(Resource::RLIMIT_CORE, 0, 0);
    umask(Mode::from_bits_truncate(0o077));
}

#[cfg(not(unix))]
fn confine(_cpu_s: u64) {}

fn serve() {
    let (tell, heard) = channel();
    let works = std::thread::Builder::new()
        .name("bounded-work".to_owned())
        .stack_size(STACK)
        .spawn(move || take_request(tell));
    if let Err(error) = works {
        let _ = writeln!(std::io::stderr(), "{error}");
        return;
    }
    if let Ok(Heard::Reply(reply)) = heard.recv() {
        let mut stdout = std::io::stdout().lock();
        // Where the process that asks has ended, nobody needs the reply.
        let _ = stdout
            .write_all(b"\n")
            .and_then(|()| stdout.write_all(&reply));
        let _ = stdout.flush();
    }
}

/// Reads the request, does the work, and watches stdin all the while.
fn take_request(tell: Sender<Heard>) {
    let mut stdin = std::io::stdin();
    let mut length = [0; 8];
    let mut request = Vec::new();
    let read = stdin.read_exact(&mut length).and_then(|()| {
        let length = u64::from_le_bytes(length);
        std::io::Read::by_ref(&mut stdin)
            .take(length)
            .read_to_end(&mut request)
    });
    let watches = tell.clone();
    let watched = std::thread::Builder::new().spawn(move || {
        let _ = stdin.read(&mut [0]);
        let _ = watches.send(Heard::StdinEnded);
    });
    let heard = match (read, watched) {
        (Ok(_), Ok(_)) => Heard::Reply(gates::work(&request)),
        _ => Heard::StdinEnded,
    };
    let _ = tell.send(heard);
}
