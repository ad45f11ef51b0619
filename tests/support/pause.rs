//! Pauses between two looks at something that only changes elsewhere: short at first, then longer, so that waiting costs
//! no processor time and few requests. Decides nothing about when to give up.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

const FIRST: Duration = Duration::from_millis(5);
const LONGEST: Duration = Duration::from_millis(200);

/// A series of growing pauses.
pub(super) struct Pauses {
    next: Duration,
    silence: Receiver<()>,
    /// Keeps the channel open, so that receiving from it waits for the whole pause.
    _sender: Sender<()>,
}

impl Pauses {
    pub(super) fn new() -> Pauses {
        let (sender, silence) = channel();
        Pauses {
            next: FIRST,
            silence,
            _sender: sender,
        }
    }

    /// Blocks for the next pause: 5 ms at first, each time twice as long, at most 200 ms.
    pub(super) fn pause(&mut self) {
        let ended = self.silence.recv_timeout(self.next);
        assert_eq!(
            ended,
            Err(RecvTimeoutError::Timeout),
            "nothing is ever sent"
        );
        self.next = (self.next * 2).min(LONGEST);
    }
}
