//! Signals and the parent from the first line of the program on, before anything else exists that could hear of them.
//!
//! A signal that arrives before a command listens is kept. A command that listens takes it; for every other command it
//! has its usual effect.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use nix::unistd::{Pid, getpid, getppid, getsid};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::{flag, low_level};

/// The signals that ask a run to end, with their names.
pub(super) const SIGNALS: [(i32, &str); 4] = [
    (SIGINT, "SIGINT"),
    (SIGTERM, "SIGTERM"),
    (SIGHUP, "SIGHUP"),
    (SIGQUIT, "SIGQUIT"),
];

/// What was seen since the program began.
struct Early {
    /// For each of [`SIGNALS`], whether it has arrived.
    arrived: [Arc<AtomicBool>; SIGNALS.len()],
    /// True once signals have their usual effect again.
    is_over: Arc<AtomicBool>,
    parent: Pid,
    is_orphan: bool,
}

static EARLY: OnceLock<Early> = OnceLock::new();

/// Begins to keep signals, and takes note of the parent. To be called first of all.
///
/// # Errors
/// When the operating system refuses a handler.
pub(crate) fn begin() -> std::io::Result<()> {
    let parent = getppid();
    let early = Early {
        arrived: Default::default(),
        is_over: Arc::default(),
        parent,
        is_orphan: is_orphan_now(parent),
    };
    for ((signal, _), arrived) in SIGNALS.iter().zip(&early.arrived) {
        // The first of the two handlers ends the process once signals have their usual effect again.
        flag::register_conditional_default(*signal, early.is_over.clone())?;
        flag::register(*signal, arrived.clone())?;
    }
    let _ = EARLY.set(early);
    Ok(())
}

/// Takes their usual effect from signals again, for a command that begins to listen after it has done without.
pub(super) fn listened() {
    if let Some(early) = EARLY.get() {
        early.is_over.store(false, Ordering::SeqCst);
    }
}

/// Gives signals their usual effect, for a command that does not listen to them. A signal that has arrived has it now.
pub(crate) fn end() {
    let Some(early) = EARLY.get() else { return };
    early.is_over.store(true, Ordering::SeqCst);
    for ((signal, _), arrived) in SIGNALS.iter().zip(&early.arrived) {
        if arrived.load(Ordering::SeqCst) {
            let _ = low_level::emulate_default_handler(*signal);
        }
    }
}

/// Returns the names of the signals that have arrived so far.
pub(super) fn arrived() -> impl Iterator<Item = &'static str> {
    let early = EARLY.get().into_iter();
    early.flat_map(|early| {
        let named = SIGNALS.iter().zip(&early.arrived);
        named.filter_map(|((_, name), arrived)| arrived.load(Ordering::SeqCst).then_some(*name))
    })
}

/// Returns the parent at the beginning of the program.
pub(super) fn parent() -> Pid {
    EARLY.get().map_or_else(getppid, |early| early.parent)
}

/// Returns whether the parent that started this process had ended before the program began.
///
/// Where the process that takes over is in the same session (a shell as the first process of a container), the end of the
/// parent cannot be seen.
pub(super) fn is_orphan() -> bool {
    EARLY.get().is_some_and(|early| early.is_orphan)
}

fn is_orphan_now(parent: Pid) -> bool {
    let (Ok(ours), Ok(theirs)) = (getsid(None), getsid(Some(parent))) else {
        return false;
    };
    is_taken_over(getpid(), ours, theirs)
}

/// Returns whether a process has another parent than the one that started it.
///
/// A process that leads no session is in the session of the process that started it. When its parent is in another one,
/// the parent is not that process: it has only taken this one over. All sessions whose leader is outside of this process
/// namespace (`unshare --pid`, some sandboxes) have the number 0; two of those count as the same.
fn is_taken_over(process: Pid, session: Pid, session_of_parent: Pid) -> bool {
    session != process && session != session_of_parent
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parent_in_another_session_has_taken_the_process_over() {
        let of = |process, session, session_of_parent| {
            let id = Pid::from_raw;
            is_taken_over(id(process), id(session), id(session_of_parent))
        };
        assert!(of(30, 20, 1));
        assert!(!of(30, 20, 20), "the parent has started it");
        assert!(!of(30, 30, 1), "it leads a session of its own");
        assert!(of(30, 20, 0), "the parent is from outside of the namespace");
        assert!(!of(30, 0, 0), "both are outside of the namespace");
    }
}
