//! SIGINT, SIGTERM and SIGHUP ask the run to end. Handlers are in place before anything is read or written.

use tokio::sync::mpsc::{Receiver, Sender, channel};

/// Requests to end that may wait; the engine tells no more than two apart.
const QUEUE: usize = 8;

/// Installs the handlers and returns the channel they, and whoever gets a clone of the sender, ask through.
///
/// # Errors
/// When the operating system refuses a handler: then nothing must be begun, for it could not be stopped.
pub(crate) fn install() -> std::io::Result<(Sender<String>, Receiver<String>)> {
    let (sender, receiver) = channel(QUEUE);
    platform::listen(&sender)?;
    Ok((sender, receiver))
}

#[cfg(unix)]
mod platform {
    use tokio::signal::unix::{SignalKind, signal};
    use tokio::sync::mpsc::Sender;

    pub(super) fn listen(sender: &Sender<String>) -> std::io::Result<()> {
        for (kind, name) in [
            (SignalKind::interrupt(), "SIGINT"),
            (SignalKind::terminate(), "SIGTERM"),
            (SignalKind::hangup(), "SIGHUP"),
        ] {
            let mut signals = signal(kind)?;
            let sender = sender.clone();
            tokio::spawn(async move {
                while signals.recv().await.is_some() {
                    // A full queue holds requests to end already.
                    let _ = sender.try_send(name.to_owned());
                }
            });
        }
        Ok(())
    }
}

#[cfg(not(unix))]
mod platform {
    use tokio::sync::mpsc::Sender;

    pub(super) fn listen(sender: &Sender<String>) -> std::io::Result<()> {
        let sender = sender.clone();
        tokio::spawn(async move {
            while tokio::signal::ctrl_c().await.is_ok() {
                let _ = sender.try_send("Ctrl-C".to_owned());
            }
        });
        Ok(())
    }
}
