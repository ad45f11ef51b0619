//! Worse canaries, and which test sees them when, on the same data.

use super::false_alarms::OURS;
use super::seen::{PER_SECOND, headings, look};
use crate::figures::detect::{Column, RIVALS};
use crate::figures::runner::Runner;
use crate::figures::scale::Scale;
use crate::figures::table::Table;
use crate::figures::text::{counted, per_cent};
use crate::figures::traffic::{Canary, Nature, Traffic, hour_at};

/// Rates of stable and of the canary.
const CHANGES: [(f64, f64); 4] = [(0.002, 0.01), (0.002, 0.05), (0.01, 0.02), (0.05, 0.10)];
const WEIGHTS: [f64; 3] = [0.10, 0.25, 0.50];

fn rollouts(scale: Scale) -> u64 {
    scale.rollouts(2_000, 200)
}

pub(super) fn planned(scale: Scale) -> u64 {
    rollouts(scale) * (CHANGES.len() * PER_SECOND.len() * WEIGHTS.len()) as u64
}

pub(super) fn table(runner: &Runner) -> Table {
    let count = rollouts(runner.scale);
    let slow = runner.scale.slow();
    let columns: Vec<Column> = OURS.iter().chain(&RIVALS).copied().collect();
    let mut rows = Vec::new();
    for (rate, worse) in CHANGES {
        for per_second in PER_SECOND {
            for weight in WEIGHTS {
                let traffic = Traffic {
                    per_second,
                    rate,
                    canary: Canary::Worse {
                        rate: worse,
                        from: 0,
                    },
                    nature: Nature::Steady,
                };
                let of_row = [
                    format!(
                        "{} → {}",
                        per_cent(rate).trim_end_matches(" %"),
                        per_cent(worse)
                    ),
                    format!("{per_second} req/s"),
                    per_cent(weight),
                ];
                let row = format!("beside {}", of_row.join(" "));
                let seen = look(runner, &row, count, &traffic, &hour_at(weight), &columns);
                let cells = seen.iter().map(super::seen::Seen::alarmed_and_when);
                rows.push(of_row.into_iter().chain(cells).collect());
            }
        }
    }
    let count = counted(count);
    Table {
        heading: "Who sees a worse canary",
        about: format!(
            "The canary is worse from its first minute on. Per cent of {count} rollouts of an hour with an alarm ({slow} for the \
             rank test), and the minute of the alarm in the median of all. To be read beside the false alarms: a test that \
             alarms about a third of the good canaries sees every bad one."
        ),
        columns: headings(&["change", "traffic", "weight"], &columns),
        rows,
        goals: Vec::new(),
    }
}
