//! How requests to end reach a run, and which of them hurry a rollback that has begun.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rollout::CancelRequest;
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// Requests to end that may wait; the engine counts no more than two.
const QUEUE: usize = 8;

/// The channel on which a run is asked to end. A request is the name of what asks, such as `SIGTERM`.
pub(crate) struct CancelChannel {
    /// For whatever else may end a run, such as a closed output. A request of it counts only when it is the first.
    pub(crate) sender: Sender<String>,
    /// Where the run takes requests from.
    pub(crate) receiver: Receiver<CancelRequest>,
    /// The queue's own end, for a request that was taken too early.
    queue: Sender<CancelRequest>,
}

impl CancelChannel {
    /// Hands a request that was received back, so that the run receives it again.
    pub(crate) fn put_back(&self, request: CancelRequest) {
        // There is room: the request was taken out just now.
        let _ = self.queue.try_send(request);
    }
}

/// Sends requests to end.
#[derive(Clone)]
pub(super) struct Requests {
    requests: Sender<CancelRequest>,
    /// True from the first request on.
    is_requested: Arc<AtomicBool>,
    /// True from the first SIGINT on: a pipeline runner sends it first, and SIGTERM shortly before it kills.
    is_interrupted: Arc<AtomicBool>,
}

impl Requests {
    fn new() -> (Requests, Receiver<CancelRequest>) {
        let (sender, receiver) = channel(QUEUE);
        let requests = Requests {
            requests: sender,
            is_requested: Arc::default(),
            is_interrupted: Arc::default(),
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
        let queue = requests.requests.clone();
        let channel = CancelChannel {
            sender,
            receiver,
            queue,
        };
        (requests, channel)
    }

    /// Sends the request of a signal. A second signal changes nothing, unless it is the SIGTERM after a SIGINT with which
    /// a pipeline runner says that it is about to kill.
    pub(super) fn send(&self, signal: &str) {
        let was_interrupted = match signal {
            "SIGINT" => {
                self.is_interrupted.store(true, Ordering::SeqCst);
                false
            }
            _ => self.is_interrupted.load(Ordering::SeqCst),
        };
        let hurry = signal == "SIGTERM" && was_interrupted;
        let is_first = !self.is_requested.swap(true, Ordering::SeqCst);
        if is_first || hurry {
            let by = signal.to_owned();
            // A full queue already holds requests to end.
            let _ = self.requests.try_send(CancelRequest { by, hurry });
        }
    }

    /// Sends a request unless there was one before.
    pub(super) fn send_if_first(&self, by: String) {
        if !self.is_requested.swap(true, Ordering::SeqCst) {
            let hurry = false;
            let _ = self.requests.try_send(CancelRequest { by, hurry });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns what a run receives after these signals: who asks, and whether the process is about to be killed.
    fn received(signals: &[&str]) -> Vec<(String, bool)> {
        let (requests, mut receiver) = Requests::new();
        for signal in signals {
            requests.send(signal);
        }
        std::iter::from_fn(|| receiver.try_recv().ok())
            .map(|request| (request.by, request.hurry))
            .collect()
    }

    #[test]
    fn second_signal_changes_nothing_but_the_runners_last_one() {
        let once = |by: &str| vec![(by.to_owned(), false)];
        for signals in [
            ["SIGINT", "SIGINT"],
            ["SIGINT", "SIGHUP"],
            ["SIGINT", "SIGQUIT"],
            ["SIGTERM", "SIGTERM"],
            ["SIGTERM", "SIGINT"],
            ["SIGHUP", "SIGTERM"],
        ] {
            assert_eq!(received(&signals), once(signals[0]), "{signals:?}");
        }
        let mut runner = once("SIGINT");
        runner.push(("SIGTERM".to_owned(), true));
        assert_eq!(received(&["SIGINT", "SIGTERM"]), runner);
    }

    #[test]
    fn closed_output_after_a_signal_asks_for_nothing_more() {
        let (requests, mut receiver) = Requests::new();
        requests.send("SIGINT");
        requests.send_if_first("a closed output".to_owned());
        assert!(receiver.try_recv().is_ok());
        assert!(receiver.try_recv().is_err());
    }
}
