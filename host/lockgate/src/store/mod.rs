//! What is kept in the state folder beside the journal: recordings, and the runs of the past.

pub(crate) mod history;
pub(crate) mod recordings;
