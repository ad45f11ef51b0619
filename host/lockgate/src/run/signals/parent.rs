//! Notices that the parent process has ended, or that nobody reads the output any more.
//!
//! A continuous-integration runner signals the process it started, usually a shell, and that one alone. The shell
//! dies of it and this process lives on, adopted by another: that change is all that it ever hears of the cancelling.

use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::getppid;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::MissedTickBehavior;

use super::Desk;

/// How often is looked where the kernel does not tell.
const INTERVAL: Duration = Duration::from_millis(250);

/// Begins to watch. A process whose parent is the first process of its container or machine has no other to lose.
///
/// # Errors
/// When the operating system refuses the handler.
pub(super) fn watch(desk: Desk) -> std::io::Result<()> {
    let parent = getppid();
    // Not SIGTERM, which could not be told from somebody's wish to hurry, and which would be believed: the kernel
    // also sends it when only the thread that started this process ends, and thread pools (.NET, libuv) end threads.
    let mut told = signal(SignalKind::user_defined1())?;
    #[cfg(target_os = "linux")]
    // Where that is not allowed, looking has to do.
    let _ = rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::USR1));
    tokio::spawn(async move {
        let mut ticks = tokio::time::interval(INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = told.recv() => {}
                _ = ticks.tick() => {}
            }
            // Whether told or not: what it means is only known from looking.
            if getppid() != parent {
                return desk.unless_asked("the end of the parent process".to_owned());
            }
            if nobody_reads() {
                return desk.unless_asked("a closed output".to_owned());
            }
        }
    });
    Ok(())
}

/// Says whether stdout or stderr has lost its reader. A reader that only does not read is still one.
fn nobody_reads() -> bool {
    let (stdout, stderr) = (std::io::stdout(), std::io::stderr());
    let mut outputs = [
        PollFd::new(&stdout, PollFlags::empty()),
        PollFd::new(&stderr, PollFlags::empty()),
    ];
    let at_once = Timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    let gone = PollFlags::ERR | PollFlags::HUP | PollFlags::NVAL;
    poll(&mut outputs, Some(&at_once)).is_ok()
        && outputs
            .iter()
            .any(|output| output.revents().intersects(gone))
}
