//! How far the keeper is.

use super::message::{Reply, Work};

/// What the keeper has answered.
#[derive(Debug, Clone, Default)]
pub(crate) struct Progress {
    is_begun: bool,
    appended: u64,
    stored: u64,
    /// The first failure of the journal.
    journal_failure: Option<String>,
    /// The first failure of a recording.
    recording_failure: Option<String>,
    has_ended: bool,
}

impl Progress {
    /// Returns whether the journal is there.
    pub(super) fn is_begun(&self) -> bool {
        self.is_begun
    }

    /// Returns how many texts the journal has kept.
    pub(crate) fn appended(&self) -> u64 {
        self.appended
    }

    /// Returns how many recordings were answered, written or not.
    pub(crate) fn stored(&self) -> u64 {
        self.stored
    }

    /// Returns the first failure of this kind of work.
    pub(crate) fn failure(&self, work: Work) -> Option<String> {
        match work {
            Work::Journal => self.journal_failure.clone(),
            Work::Recordings => self.recording_failure.clone(),
        }
    }

    /// Returns why work of this kind that is not done yet will not be done; `None` while it may be.
    pub(crate) fn why_missing(&self, work: Work) -> Option<String> {
        let ended = || self.has_ended.then(|| "its writer has ended".to_owned());
        self.failure(work).or_else(ended)
    }

    /// Returns whether the keeper will do no more work of this kind.
    pub(crate) fn is_over(&self, work: Work) -> bool {
        self.has_ended || (work == Work::Journal && self.journal_failure.is_some())
    }

    pub(super) fn take(&mut self, reply: Reply) {
        match reply {
            Reply::Done(Work::Journal) if !self.is_begun => self.is_begun = true,
            Reply::Done(Work::Journal) => self.appended += 1,
            Reply::Done(Work::Recordings) => self.stored += 1,
            Reply::Failed(Work::Journal, why) => drop(self.journal_failure.get_or_insert(why)),
            Reply::Failed(Work::Recordings, why) => {
                self.stored += 1;
                let _ = self.recording_failure.get_or_insert(why);
            }
        }
    }

    pub(super) fn end(&mut self) {
        self.has_ended = true;
    }
}
