//! Runs many rollouts on all processors, each with chance of its own, so that the numbers are the same however many
//! threads there are.

use indicatif::{ProgressBar, ProgressStyle};
use rayon::prelude::*;

use super::chance::{Chance, chance_of};
use super::scale::Scale;

/// Runs the rollouts of every table.
pub(crate) struct Runner {
    /// The seed of them all.
    seed: u64,
    /// How many rollouts a row has.
    pub(crate) scale: Scale,
    bar: ProgressBar,
}

impl Runner {
    /// Returns a runner that shows, where stderr is a terminal, how many of so many rollouts are done.
    pub(crate) fn new(seed: u64, scale: Scale, planned: u64) -> Runner {
        let bar = ProgressBar::new(planned);
        if let Ok(style) = ProgressStyle::with_template(
            "{msg:<14} {wide_bar} {human_pos} of {human_len} rollouts, {eta} left",
        ) {
            bar.set_style(style);
        }
        Runner { seed, scale, bar }
    }

    /// Names the table that is under way.
    pub(crate) fn begin(&self, table: &'static str) {
        self.bar.set_message(table);
    }

    /// Runs the rollouts of one row and returns what came of each, in order. `row` names table and row.
    pub(crate) fn rollouts<T: Send>(
        &self,
        row: &str,
        count: u64,
        rollout: impl Fn(u64, &mut Chance) -> T + Sync,
    ) -> Vec<T> {
        let one = |number| {
            let came = rollout(number, &mut chance_of(self.seed, row, number));
            self.bar.inc(1);
            came
        };
        (0..count).into_par_iter().map(one).collect()
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
