//! How far the keeper is.

use super::message::{Reply, Work};

/// What the keeper has answered.
#[derive(Debug, Clone, Default)]
pub(crate) struct Progress {
    begun: Option<u32>,
    journal: Answered,
    recordings: Answered,
    has_ended: bool,
}

/// What was answered about one kind of work.
#[derive(Debug, Clone, Default)]
struct Answered {
    /// Of the journal, the texts that are kept; of the recordings, those that were written or could not be.
    count: u64,
    failure: Option<String>,
}

impl Progress {
    /// Returns the number of the folder in which the journal is; `None` before it is there.
    pub(super) fn begun(&self) -> Option<u32> {
        self.begun
    }

    /// Returns how many texts the journal has kept, or how many recordings were answered, written or not.
    pub(crate) fn count(&self, work: Work) -> u64 {
        self.of(work).count
    }

    /// Returns whether so much work of this kind is done, or no more of it will be.
    pub(crate) fn is_settled(&self, work: Work, count: u64) -> bool {
        self.count(work) >= count || self.is_over(work)
    }

    /// Returns the first failure of this kind of work.
    pub(crate) fn failure(&self, work: Work) -> Option<String> {
        self.of(work).failure.clone()
    }

    /// Returns why work of this kind that is not done yet will not be done; `None` while it may be.
    pub(crate) fn why_missing(&self, work: Work) -> Option<String> {
        let ended = || self.has_ended.then(|| "its writer has ended".to_owned());
        self.failure(work).or_else(ended)
    }

    /// Returns whether the keeper will do no more work of this kind.
    pub(super) fn is_over(&self, work: Work) -> bool {
        self.has_ended || (work == Work::Journal && self.journal.failure.is_some())
    }

    pub(super) fn take(&mut self, reply: Reply) {
        match reply {
            Reply::Begun(number) => self.begun = Some(number),
            Reply::Done(work) => self.of_mut(work).count += 1,
            Reply::Failed(work, why) => {
                let answered = self.of_mut(work);
                answered.failure.get_or_insert(why);
                if work == Work::Recordings {
                    answered.count += 1;
                }
            }
        }
    }

    pub(super) fn end(&mut self) {
        self.has_ended = true;
    }

    fn of(&self, work: Work) -> &Answered {
        match work {
            Work::Journal => &self.journal,
            Work::Recordings => &self.recordings,
        }
    }

    fn of_mut(&mut self, work: Work) -> &mut Answered {
        match work {
            Work::Journal => &mut self.journal,
            Work::Recordings => &mut self.recordings,
        }
    }
}
