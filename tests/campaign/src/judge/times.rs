//! The times that the judge allows, in milliseconds. The head of `judge` says what they are for.

/// Time in which the answer of a read may still be on its way to the process.
pub(super) const GRACE_MS: u64 = 250;

/// The age that a read may have when it licenses a write.
pub(super) const LICENCE_MS: u64 = 2_000;

/// The time in which a run reads somebody else's change.
pub(super) const NOTICE_MS: u64 = 7_000;
