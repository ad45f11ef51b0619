//! Whoever wants a run to end asks here: SIGINT, SIGTERM and SIGHUP, the end of the parent process, and an output
//! that nobody reads any more. Handlers are in place before anything is read or written.
//!
//! Only a signal can hurry a rollback that has begun. A parent or a reader that is gone is no second request: both
//! tend to follow a first one (Ctrl-C in `lockgate … | tee log` ends `tee` too), and nobody asked for less care.

#[cfg(unix)]
mod parent;
mod shell;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::mpsc::{Receiver, Sender, channel};

pub(crate) use shell::deaf_shell;

/// Requests to end that may wait; the engine tells no more than two apart.
const QUEUE: usize = 8;

/// What a request comes in by, and where it comes out.
pub(crate) type Channel = (Sender<String>, Receiver<String>);

/// Installs the handlers, watches the parent process and the readers of the output, and returns the channel through
/// which they ask. A clone of the sender is for whatever else may end a run, and asks only when nothing has before.
///
/// For commands that move traffic: with the parent gone nobody can be sure that a signal still finds this process.
///
/// # Errors
/// When the operating system refuses a handler: then nothing must be begun, for it could not be stopped.
pub(crate) fn install() -> std::io::Result<Channel> {
    let (desk, requests) = begin()?;
    #[cfg(unix)]
    parent::watch(desk)?;
    #[cfg(not(unix))]
    drop(desk);
    Ok(requests)
}

/// Like [`install`], for a process that may well outlive whoever started it: `lockgate emulate &` in a script goes on
/// after the script, and neither the emulator nor the demo touches traffic that is not its own.
///
/// # Errors
/// As for [`install`].
pub(crate) fn install_detached() -> std::io::Result<Channel> {
    begin().map(|(_, requests)| requests)
}

fn begin() -> std::io::Result<(Desk, Channel)> {
    let (requests, receiver) = channel(QUEUE);
    let desk = Desk {
        requests,
        asked: Arc::default(),
    };
    platform::listen(&desk)?;
    let (others, mut asking) = channel(QUEUE);
    let quiet = desk.clone();
    tokio::spawn(async move {
        while let Some(by) = asking.recv().await {
            quiet.unless_asked(by);
        }
    });
    Ok((desk, (others, receiver)))
}

/// Where requests to end are handed in.
#[derive(Clone)]
struct Desk {
    requests: Sender<String>,
    /// True from the first request on.
    asked: Arc<AtomicBool>,
}

impl Desk {
    /// Asks, and from the second time on hurries.
    fn ask(&self, by: &str) {
        self.asked.store(true, Ordering::SeqCst);
        // A full queue holds requests to end already.
        let _ = self.requests.try_send(by.to_owned());
    }

    /// Asks where nobody has before.
    fn unless_asked(&self, by: String) {
        if !self.asked.swap(true, Ordering::SeqCst) {
            let _ = self.requests.try_send(by);
        }
    }
}

#[cfg(unix)]
mod platform {
    use super::Desk;
    use tokio::signal::unix::{SignalKind, signal};

    pub(super) fn listen(desk: &Desk) -> std::io::Result<()> {
        for (kind, name) in [
            (SignalKind::interrupt(), "SIGINT"),
            (SignalKind::terminate(), "SIGTERM"),
            (SignalKind::hangup(), "SIGHUP"),
        ] {
            let mut signals = signal(kind)?;
            let desk = desk.clone();
            tokio::spawn(async move {
                while signals.recv().await.is_some() {
                    desk.ask(name);
                }
            });
        }
        Ok(())
    }
}

#[cfg(not(unix))]
mod platform {
    use super::Desk;

    pub(super) fn listen(desk: &Desk) -> std::io::Result<()> {
        let desk = desk.clone();
        tokio::spawn(async move {
            while tokio::signal::ctrl_c().await.is_ok() {
                desk.ask("Ctrl-C");
            }
        });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn desk() -> (Desk, Receiver<String>) {
        let (requests, receiver) = channel(QUEUE);
        let asked = Arc::default();
        (Desk { requests, asked }, receiver)
    }

    #[test]
    fn closed_output_after_a_signal_does_not_hurry_the_rollback() {
        let (desk, mut requests) = desk();
        desk.ask("SIGINT");
        desk.unless_asked("a closed output".to_owned());
        assert_eq!(requests.try_recv().as_deref(), Ok("SIGINT"));
        assert!(requests.try_recv().is_err());
    }

    #[test]
    fn signal_after_the_end_of_the_parent_hurries_the_rollback() {
        let (desk, mut requests) = desk();
        desk.unless_asked("the end of the parent process".to_owned());
        desk.ask("SIGTERM");
        assert!(requests.try_recv().is_ok());
        assert_eq!(requests.try_recv().as_deref(), Ok("SIGTERM"));
    }
}
