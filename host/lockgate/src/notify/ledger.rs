//! What has become of the messages to one webhook, so that what was not delivered can be said.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// The messages to one webhook.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    made: AtomicUsize,
    taken: AtomicUsize,
    failure: Mutex<Option<String>>,
}

impl Ledger {
    /// Counts a message that is to be delivered.
    pub(super) fn note_made(&self) {
        self.made.fetch_add(1, Ordering::AcqRel);
    }

    /// Counts a message that the receiver has taken.
    pub(super) fn note_taken(&self) {
        self.taken.fetch_add(1, Ordering::AcqRel);
    }

    /// Keeps why a message was not delivered, this time or for ever.
    pub(super) fn note_failure(&self, why: String) {
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(why);
    }

    /// Returns a sentence about what was not delivered to the webhook of this name; `None` where all was.
    pub(super) fn sentence(&self, name: &str) -> Option<String> {
        let made = self.made.load(Ordering::Acquire);
        let lost = made.saturating_sub(self.taken.load(Ordering::Acquire));
        let were = if lost == 1 { "was" } else { "were" };
        let failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        let why = failure.as_deref().unwrap_or("no answer in time");
        (lost > 0)
            .then(|| format!("notify {name}: {lost} of {made} events {were} not delivered: {why}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_delivered_is_said_with_the_last_reason() {
        let ledger = Ledger::default();
        assert_eq!(ledger.sentence("team"), None);
        ledger.note_made();
        ledger.note_made();
        assert_eq!(
            ledger.sentence("team").unwrap(),
            "notify team: 2 of 2 events were not delivered: no answer in time"
        );
        ledger.note_failure("status 500".to_owned());
        ledger.note_taken();
        assert_eq!(
            ledger.sentence("team").unwrap(),
            "notify team: 1 of 2 events was not delivered: status 500"
        );
        ledger.note_taken();
        assert_eq!(ledger.sentence("team"), None);
    }
}
