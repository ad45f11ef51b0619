//! How many rollouts each row of a table has.

/// Numbers of rollouts.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Scale {
    /// As the tables are published.
    Full,
    /// So few that it takes seconds.
    Quick,
    /// So many in each row.
    Of(u64),
}

impl Scale {
    /// Returns the rollouts of a row: `full`, or `quick`.
    pub(crate) fn rollouts(self, full: u64, quick: u64) -> u64 {
        match self {
            Scale::Full => full,
            Scale::Quick => quick,
            Scale::Of(rollouts) => rollouts,
        }
    }

    /// Returns how many of a row's rollouts a slow detector looks at.
    pub(crate) fn slow(self) -> u64 {
        self.rollouts(250, 20).min(250)
    }
}
