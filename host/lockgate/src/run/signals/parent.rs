//! Notices that the parent process has ended, that a reader of the output is gone, or that this process stood still.
//!
//! A continuous-integration runner signals only the process that it started, usually a shell. The shell ends, and this
//! process gets another parent: that change is the only sign of the cancellation that it receives.

use std::os::fd::AsFd as _;
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::unistd::getppid;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::MissedTickBehavior;

use super::early;
use super::requests::Requests;
use crate::output::Output;

/// How often the parent and the outputs are checked.
const INTERVAL: Duration = Duration::from_millis(250);

/// A longer time between two checks means that the process was stopped, or that the machine slept.
const STANDSTILL_MIN: Duration = Duration::from_secs(3);

/// Begins to watch.
///
/// # Errors
/// When the operating system refuses the handler.
pub(super) fn watch(requests: Requests, output: Output) -> std::io::Result<()> {
    let parent = early::parent();
    // Not SIGTERM: it would count as a request to hurry, and the kernel sends the signal also when only the thread
    // that started this process ends, which thread pools (.NET, libuv) do.
    let mut parent_died = signal(SignalKind::user_defined1())?;
    #[cfg(target_os = "linux")]
    // Where the kernel refuses it, the checks at each interval remain.
    let _ = nix::sys::prctl::set_pdeathsig(nix::sys::signal::Signal::SIGUSR1);
    tokio::spawn(async move {
        let mut ticks = tokio::time::interval(INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut last = Instant::now();
        loop {
            tokio::select! {
                _ = parent_died.recv() => {}
                _ = ticks.tick() => {}
            }
            let stood_still = last.elapsed();
            last = Instant::now();
            if stood_still > STANDSTILL_MIN {
                output.note(&format!(
                    "this process stood still for {}; the app is read again before anything is written",
                    rollout::human(stood_still)
                ));
            }
            // The signal alone proves nothing; a changed parent does.
            if early::is_orphan() || getppid() != parent {
                return requests.send_if_first("the end of the parent process".to_owned());
            }
            if is_output_closed() {
                return requests.send_if_first("a closed output".to_owned());
            }
        }
    });
    Ok(())
}

/// Returns whether stdout or stderr has lost its reader. A reader that is slow or stopped still counts as a reader.
fn is_output_closed() -> bool {
    let (stdout, stderr) = (std::io::stdout(), std::io::stderr());
    let mut outputs = [
        PollFd::new(stdout.as_fd(), PollFlags::empty()),
        PollFd::new(stderr.as_fd(), PollFlags::empty()),
    ];
    let closed = PollFlags::POLLERR | PollFlags::POLLHUP | PollFlags::POLLNVAL;
    let is_closed = |output: &PollFd<'_>| {
        let events = output.revents();
        events.is_some_and(|events| events.intersects(closed))
    };
    poll(&mut outputs, PollTimeout::ZERO).is_ok() && outputs.iter().any(is_closed)
}
