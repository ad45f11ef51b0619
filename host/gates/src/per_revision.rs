//! A value for each of the two revisions of a rollout, so that stable and canary are never confused by position.

/// A value for each of the two revisions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PerRevision<T> {
    /// The value for the revision that serves.
    pub stable: T,
    /// The value for the new revision.
    pub canary: T,
}

impl<T> PerRevision<T> {
    /// Returns the results of a function on both values.
    pub fn map<U>(self, mut function: impl FnMut(T) -> U) -> PerRevision<U> {
        PerRevision {
            stable: function(self.stable),
            canary: function(self.canary),
        }
    }
}

impl PerRevision<String> {
    /// Returns the same values, borrowed.
    pub fn as_strs(&self) -> PerRevision<&str> {
        PerRevision {
            stable: &self.stable,
            canary: &self.canary,
        }
    }
}
