//! Requests of users: sent to the app's own address one after the other, at a steady rate, until it is dropped.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use super::Emulator;

/// How many requests are sent in a second at most.
const PER_SECOND: u32 = 200;

/// A running traffic generator.
pub(crate) struct TrafficGenerator {
    /// Dropped first, which ends the thread.
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl TrafficGenerator {
    /// Starts to send requests to the app.
    pub(crate) fn on(emulator: &Emulator) -> TrafficGenerator {
        let (stop, stopped) = channel();
        let url = emulator.app_url().to_owned();
        let thread = std::thread::spawn(move || {
            let client = reqwest::blocking::Client::new();
            let pause = Duration::from_secs(1) / PER_SECOND;
            while stopped.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
                client.get(&url).send().expect("the app answers");
            }
        });
        TrafficGenerator {
            stop: Some(stop),
            thread: Some(thread),
        }
    }
}

impl Drop for TrafficGenerator {
    fn drop(&mut self) {
        self.stop = None;
        // A thread that panicked has reported it on stderr.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}
