//! Asks a run to end: on SIGINT, SIGTERM and SIGHUP, when the parent process ends, and when the output is closed.
//! Handlers are in place before anything is read or written.
//!
//! Only a signal can hurry a rollback that has begun. The end of the parent and a closed output often follow a first
//! request (Ctrl-C in `lockgate … | tee log` ends `tee` too), so they do not count as a second one.

#[cfg(unix)]
mod parent;
mod requests;
mod shell;

use requests::Requests;

pub(crate) use requests::CancelChannel;
pub(crate) use shell::shell_warning;

/// Installs the signal handlers, watches the parent process and the readers of the output, and returns the channel on
/// which they ask the run to end.
///
/// For commands that move traffic: once the parent has ended, a signal may no longer reach this process.
///
/// # Errors
/// When the operating system refuses a handler. Then nothing may be begun, because it could not be stopped.
pub(crate) fn install() -> std::io::Result<CancelChannel> {
    let (requests, channel) = Requests::open();
    handlers::listen(&requests)?;
    #[cfg(unix)]
    parent::watch(requests)?;
    Ok(channel)
}

/// Like [`install`], for a process that may outlive its parent: `lockgate emulate &` in a script continues after the
/// script, and neither the emulator nor the demo touches traffic in production.
///
/// # Errors
/// As for [`install`].
pub(crate) fn install_detached() -> std::io::Result<CancelChannel> {
    let (requests, channel) = Requests::open();
    handlers::listen(&requests)?;
    Ok(channel)
}

#[cfg(unix)]
mod handlers {
    use super::requests::Requests;
    use tokio::signal::unix::{SignalKind, signal};

    pub(super) fn listen(requests: &Requests) -> std::io::Result<()> {
        for (kind, name) in [
            (SignalKind::interrupt(), "SIGINT"),
            (SignalKind::terminate(), "SIGTERM"),
            (SignalKind::hangup(), "SIGHUP"),
        ] {
            let mut signals = signal(kind)?;
            let requests = requests.clone();
            tokio::spawn(async move {
                while signals.recv().await.is_some() {
                    requests.send(name);
                }
            });
        }
        Ok(())
    }
}

#[cfg(not(unix))]
mod handlers {
    use super::requests::Requests;

    pub(super) fn listen(requests: &Requests) -> std::io::Result<()> {
        let requests = requests.clone();
        tokio::spawn(async move {
            while tokio::signal::ctrl_c().await.is_ok() {
                requests.send("Ctrl-C");
            }
        });
        Ok(())
    }
}
