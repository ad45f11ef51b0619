//! Asks a run to end: on SIGINT, SIGTERM, SIGHUP and SIGQUIT, when the parent process ends, and when the output is closed.
//! Signals are kept from the first line of the program on (`early`), and a command that moves traffic listens before it
//! reads or writes anything.
//!
//! A second request changes nothing, whatever asks, but for one: the SIGTERM after a SIGINT with which a pipeline runner
//! says that it is about to kill. It leaves a rollback that has begun a last try.

#[cfg(unix)]
pub(crate) mod early;
#[cfg(unix)]
mod parent;
mod requests;
mod shell;

use crate::output::Output;
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
pub(crate) fn install(output: &Output) -> std::io::Result<CancelChannel> {
    let (requests, channel) = Requests::open();
    handlers::listen(&requests)?;
    #[cfg(unix)]
    parent::watch(requests, output.clone())?;
    #[cfg(not(unix))]
    let _ = output;
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
    use super::early;
    use super::requests::Requests;
    use tokio::signal::unix::{SignalKind, signal};

    pub(super) fn listen(requests: &Requests) -> std::io::Result<()> {
        for (kind, name) in early::SIGNALS {
            let mut signals = signal(SignalKind::from_raw(kind))?;
            let requests = requests.clone();
            tokio::spawn(async move {
                while signals.recv().await.is_some() {
                    requests.send(name);
                }
            });
        }
        early::listened();
        for name in early::arrived() {
            requests.send(name);
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
