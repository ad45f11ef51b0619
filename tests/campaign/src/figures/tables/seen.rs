//! What detectors saw in the rollouts of one row.

use crate::figures::detect::{Column, first_alarms};
use crate::figures::runner::Runner;
use crate::figures::table::Goal;
use crate::figures::text::{quantile, share, short};
use crate::figures::traffic::{Stretch, Traffic};

/// Requests a second in the tables.
pub(super) const PER_SECOND: [f64; 3] = [2.0, 20.0, 200.0];
/// Rates of failures in the tables.
pub(super) const RATES: [f64; 3] = [0.002, 0.01, 0.05];

/// The minute of the alarm in each rollout that one detector looked at.
pub(super) struct Seen(pub(super) Vec<Option<u32>>);

impl Seen {
    /// Returns in how many per cent of the rollouts there was an alarm.
    pub(super) fn alarmed(&self) -> f64 {
        share(self.0.iter().flatten().count(), self.0.len())
    }

    /// Returns within how many minutes from the minute `from` on this share of the rollouts has its alarm: `0.5` for the
    /// median. `None` where it is never.
    pub(super) fn minutes(&self, from: u32, share: f64) -> Option<f64> {
        let after = |minute: u32| minute.checked_sub(from).map(|after| f64::from(after + 1));
        let minutes: Vec<Option<f64>> = self.0.iter().map(|alarm| alarm.and_then(after)).collect();
        quantile(&minutes, share)
    }

    /// Returns in how many per cent of the rollouts there was an alarm from the minute `from` on.
    pub(super) fn alarmed_from(&self, from: u32) -> f64 {
        let alarms = self.0.iter().flatten();
        share(
            alarms.filter(|minute| **minute >= from).count(),
            self.0.len(),
        )
    }

    /// Returns the per cent of alarms and the median minute: `100 (7)`.
    pub(super) fn alarmed_and_when(&self) -> String {
        let when = self
            .minutes(0, 0.5)
            .map_or("–".to_owned(), |minute| format!("{minute:.0}"));
        format!("{:.0} ({when})", self.alarmed())
    }

    /// Returns the goal that at most 1 % of these rollouts have an alarm.
    pub(super) fn goal(&self, what: String) -> Goal {
        Goal {
            what: format!("false alarms, {what}"),
            measured: self.alarmed(),
            at_most: 1.0,
            unit: "%",
        }
    }
}

/// Runs the rollouts of one row, and returns what each detector saw.
pub(super) fn look(
    runner: &Runner,
    row: &str,
    count: u64,
    traffic: &Traffic,
    stretches: &[Stretch],
    columns: &[Column],
) -> Vec<Seen> {
    let slow = runner.scale.slow();
    let rollouts = runner.rollouts(row, count, |number, chance| {
        first_alarms(traffic, stretches, columns, number < slow, chance)
    });
    let seen_by = |(place, column): (usize, &Column)| {
        let looked = if column.slow { slow } else { count };
        let looked = usize::try_from(looked).unwrap_or(usize::MAX);
        let alarms = rollouts.iter().take(looked);
        Seen(alarms.map(|alarms| alarms[place]).collect())
    };
    columns.iter().enumerate().map(seen_by).collect()
}

/// Returns the headings of columns after those of the row.
pub(super) fn headings(of_row: &[&str], columns: &[Column]) -> Vec<String> {
    let names = columns.iter().map(|column| column.name);
    of_row
        .iter()
        .copied()
        .chain(names)
        .map(str::to_owned)
        .collect()
}

/// Returns the cells of a row that shows per cent of alarms.
pub(super) fn cells(of_row: &[String], seen: &[Seen]) -> Vec<String> {
    let alarmed = seen.iter().map(|seen| short(seen.alarmed()));
    of_row.iter().cloned().chain(alarmed).collect()
}
