//! Identical canaries, and who alarms about them.

use super::seen::{PER_SECOND, RATES, cells, headings, look};
use crate::figures::detect::ours::{Burst, DEFAULT, STRICT};
use crate::figures::detect::{Column, Ours, RIVALS};
use crate::figures::runner::Runner;
use crate::figures::scale::Scale;
use crate::figures::table::Table;
use crate::figures::text::{counted, per_cent};
use crate::figures::traffic::{Canary, LADDER, Nature, Stretch, Traffic, hour_at};

/// Weights, with their names.
const WEIGHTS: [(&str, &[Stretch]); 3] = [
    ("10 %", &hour_at(0.1)),
    ("50 %", &hour_at(0.5)),
    ("ladder", &LADDER),
];

/// The columns that are ours, in this and in other tables.
pub(super) const OURS: [Column; 2] = [
    Column {
        name: "**compare, default**",
        detector: |history, _| Box::new(Ours::new(DEFAULT, Burst::Of(1.0), history)),
        slow: false,
    },
    Column {
        name: "**compare, strict**",
        detector: |history, _| Box::new(Ours::new(STRICT, Burst::Of(1.0), history)),
        slow: false,
    },
];

fn rollouts(scale: Scale) -> u64 {
    scale.rollouts(10_000, 1_000)
}

pub(super) fn planned(scale: Scale) -> u64 {
    rollouts(scale) * (PER_SECOND.len() * RATES.len() * WEIGHTS.len()) as u64
}

pub(super) fn table(runner: &Runner) -> Table {
    let count = rollouts(runner.scale);
    let slow = runner.scale.slow();
    let columns: Vec<Column> = OURS.iter().chain(&RIVALS).copied().collect();
    let mut rows = Vec::new();
    let mut goals = Vec::new();
    for per_second in PER_SECOND {
        for (weight, stretches) in WEIGHTS {
            for rate in RATES {
                let traffic = Traffic {
                    per_second,
                    rate,
                    canary: Canary::Same,
                    nature: Nature::Steady,
                };
                let of_row = [
                    format!("{per_second} req/s"),
                    weight.to_owned(),
                    per_cent(rate),
                ];
                let what = of_row.join(", ");
                let row = format!("false-alarms {what}");
                let seen = look(runner, &row, count, &traffic, stretches, &columns);
                for (ours, column) in seen.iter().zip(&OURS) {
                    goals.push(ours.goal(format!("identical canary, {what}, {}", column.name)));
                }
                rows.push(cells(&of_row, &seen));
            }
        }
    }
    let count = counted(count);
    let about = format!(
        "Rollouts in which a test alarms about a canary that fails exactly as often as stable does, in per cent: {count} rollouts \
         a row, {slow} for the rank test, which is slow. A rollout is an hour, and each minute is looked at once; the ladder is 20 \
         minutes each at 10, 25 and 50 %. `compare` has alpha 1 %, and tolerates 1.1 × stable's rate + 0.05 points by default; \
         *strict* tolerates nothing (1 × + 0). Goal: at most 1 in both columns."
    );
    Table {
        heading: "False alarms",
        about,
        columns: headings(&["traffic", "weight", "rate of both"], &columns),
        rows,
        goals,
    }
}
