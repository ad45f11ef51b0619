//! How requests to end reach a run, and which of them hurry a rollback that has begun.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::mpsc::{Receiver, Sender, channel};

/// Requests to end that may wait; the engine counts no more than two.
const QUEUE: usize = 8;

/// The channel on which a run is asked to end. A request is the name of what asks, such as `SIGTERM`.
pub(crate) struct CancelChannel {
    /// For whatever else may end a run, such as a closed output. A request of it counts only when it is the first.
    pub(crate) sender: Sender<String>,
    /// Where the run takes requests from.
    pub(crate) receiver: Receiver<String>,
}

/// Sends requests to end.
#[derive(Clone)]
pub(super) struct Requests {
    requests: Sender<String>,
    /// True from the first request on.
    is_requested: Arc<AtomicBool>,
}

impl Requests {
    fn new() -> (Requests, Receiver<String>) {
        let (sender, receiver) = channel(QUEUE);
        let requests = Requests {
            requests: sender,
            is_requested: Arc::default(),
        };
        (requests, receiver)
    }

    /// Returns where signals send their requests, and the channel for all others. Must be called within a runtime.
    pub(super) fn open() -> (Requests, CancelChannel) {
        let (requests, receiver) = Requests::new();
        let (sender, mut others) = channel(QUEUE);
        let of_others = requests.clone();
        tokio::spawn(async move {
            while let Some(by) = others.recv().await {
                of_others.send_if_first(by);
            }
        });
        (requests, CancelChannel { sender, receiver })
    }

    /// Sends a request. The second one hurries a rollback.
    pub(super) fn send(&self, by: &str) {
        self.is_requested.store(true, Ordering::SeqCst);
        // A full queue already holds requests to end.
        let _ = self.requests.try_send(by.to_owned());
    }

    /// Sends a request unless there was one before.
    pub(super) fn send_if_first(&self, by: String) {
        if !self.is_requested.swap(true, Ordering::SeqCst) {
            let _ = self.requests.try_send(by);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closed_output_after_a_signal_does_not_hurry_the_rollback() {
        let (requests, mut receiver) = Requests::new();
        requests.send("SIGINT");
        requests.send_if_first("a closed output".to_owned());
        assert_eq!(receiver.try_recv().as_deref(), Ok("SIGINT"));
        assert!(receiver.try_recv().is_err());
    }

    #[test]
    fn signal_after_the_end_of_the_parent_hurries_the_rollback() {
        let (requests, mut receiver) = Requests::new();
        requests.send_if_first("the end of the parent process".to_owned());
        requests.send("SIGTERM");
        assert!(receiver.try_recv().is_ok());
        assert_eq!(receiver.try_recv().as_deref(), Ok("SIGTERM"));
    }
}
