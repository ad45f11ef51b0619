//! Faults that come late, and after an incident that hit both revisions.

use super::seen::look;
use crate::figures::detect::ours::{Burst, DEFAULT};
use crate::figures::detect::{Column, Ours};
use crate::figures::runner::Runner;
use crate::figures::scale::Scale;
use crate::figures::table::Table;
use crate::figures::text::{counted, per_cent};
use crate::figures::traffic::{Canary, LADDER, Nature, Traffic};

const COLUMNS: [Column; 2] = [
    Column {
        name: "all staked at the start",
        detector: |history, _| {
            Box::new(Ours::new(DEFAULT, Burst::Of(1.0), history).with_all_staked())
        },
        slow: false,
    },
    Column {
        name: "**compare**",
        detector: |history, _| Box::new(Ours::new(DEFAULT, Burst::Of(1.0), history)),
        slow: false,
    },
];

const INCIDENT: Nature = Nature::Incident { from: 25, to: 35 };

/// When the fault begins, in words and in minutes, and what the traffic is like.
const ONSETS: [(&str, u32, Nature); 6] = [
    ("from the start", 0, Nature::Steady),
    ("with the second stage", 20, Nature::Steady),
    ("within the second stage", 30, Nature::Steady),
    ("with the third stage", 40, Nature::Steady),
    ("10 minutes before the end", 50, Nature::Steady),
    (
        "in minute 40, after an incident (20 % of both fail in minutes 25 to 35)",
        40,
        INCIDENT,
    ),
];
/// The canary's rates; stable's is 0.2 %.
const WORSE: [f64; 2] = [0.02, 0.05];

fn rollouts(scale: Scale) -> u64 {
    scale.rollouts(1_500, 200)
}

pub(super) fn planned(scale: Scale) -> u64 {
    rollouts(scale) * (ONSETS.len() * WORSE.len()) as u64
}

pub(super) fn table(runner: &Runner) -> Table {
    let count = rollouts(runner.scale);
    let mut rows = Vec::new();
    for (onset, from, nature) in ONSETS {
        for rate in WORSE {
            let traffic = Traffic {
                per_second: 20.0,
                rate: 0.002,
                canary: Canary::Worse { rate, from },
                nature,
            };
            let row = format!("late {onset} {rate}");
            let seen = look(runner, &row, count, &traffic, &LADDER, &COLUMNS);
            let cells = seen.iter().map(|seen| {
                let shown = |share| {
                    let minutes = seen.minutes(from, share);
                    minutes.map_or("–".to_owned(), |minutes| format!("{minutes:.0}"))
                };
                let caught = seen.alarmed_from(from);
                format!("{} ({}) min, {caught:.0} %", shown(0.5), shown(0.9))
            });
            let of_row = [onset.to_owned(), format!("0.2 → {}", per_cent(rate))];
            rows.push(of_row.into_iter().chain(cells).collect());
        }
    }
    let names = COLUMNS.iter().map(|column| column.name);
    let count = counted(count);
    Table {
        heading: "A fault that comes late",
        about: format!(
            "{count} rollouts a row on the ladder at 20 requests a second. Minutes from the fault to the alarm, median (90th \
             percentile), and the share of the faults that were caught before the hour was over. A quarter of the capital is \
             kept and staked little by little on \"it begins now\"; beside it the same bets without that."
        ),
        columns: (["fault", "change"].into_iter().chain(names))
            .map(str::to_owned)
            .collect(),
        rows,
        goals: Vec::new(),
    }
}
