//! Traffic that tests are fooled by: swings, incidents, rates that wander, failures in bunches.

use super::seen::{cells, headings, look};
use crate::figures::detect::ours::{Burst, DEFAULT, STRICT};
use crate::figures::detect::{Column, Ours, RIVALS};
use crate::figures::runner::Runner;
use crate::figures::scale::Scale;
use crate::figures::table::Table;
use crate::figures::text::counted;
use crate::figures::traffic::{Canary, LADDER, Nature, Traffic};

/// Columns of ours, with the burst that each assumes.
const OURS: [Column; 5] = [
    Column {
        name: "**compare, burst auto**",
        detector: |history, _| Box::new(Ours::new(DEFAULT, Burst::Auto, history)),
        slow: false,
    },
    Column {
        name: "compare, burst 1",
        detector: |history, _| Box::new(Ours::new(DEFAULT, Burst::Of(1.0), history)),
        slow: false,
    },
    Column {
        name: "compare, burst 5",
        detector: |history, _| Box::new(Ours::new(DEFAULT, Burst::Of(5.0), history)),
        slow: false,
    },
    Column {
        name: "compare, burst 10",
        detector: |history, _| Box::new(Ours::new(DEFAULT, Burst::Of(10.0), history)),
        slow: false,
    },
    Column {
        name: "compare, strict, burst 1",
        detector: |history, _| Box::new(Ours::new(STRICT, Burst::Of(1.0), history)),
        slow: false,
    },
];

/// Columns of ours that have to keep their promise, by their places among `OURS`.
type Holds = &'static [usize];

/// The kinds of traffic, and the columns whose assumptions each keeps; with `auto`, whose goal is ours and no theorem.
const KINDS: [(&str, Nature, Holds); 8] = [
    (
        "traffic swings by 80 % in an hour",
        Nature::Tides,
        &[0, 1, 2, 3, 4],
    ),
    (
        "the rate of both swings from minute to minute (gamma, cv 1.4)",
        Nature::BothSwing(1.4),
        &[0, 1, 2, 3, 4],
    ),
    (
        "for 10 minutes 20 % of both fail",
        Nature::Incident { from: 25, to: 35 },
        &[0, 1, 2, 3, 4],
    ),
    (
        "the rate of both wanders (AR(1), 0.9)",
        Nature::BothWander,
        &[0, 1, 2, 3, 4],
    ),
    (
        "failures in bunches of 5 on one revision",
        Nature::Bunches(5),
        &[0, 2, 3],
    ),
    (
        "bunches of geometric size, mean 5",
        Nature::GeometricBunches(5.0),
        &[0],
    ),
    (
        "each revision swings by itself (gamma, cv 1): *a difference*",
        Nature::EachSwings(1.0),
        &[],
    ),
    (
        "each wanders by itself (AR(1), 0.9): *a difference*",
        Nature::EachWanders,
        &[],
    ),
];

const PER_SECOND: [f64; 2] = [20.0, 200.0];

fn rollouts(scale: Scale) -> u64 {
    scale.rollouts(3_000, 500)
}

pub(super) fn planned(scale: Scale) -> u64 {
    rollouts(scale) * (KINDS.len() * PER_SECOND.len()) as u64
}

pub(super) fn table(runner: &Runner) -> Table {
    let count = rollouts(runner.scale);
    let slow = runner.scale.slow();
    let columns: Vec<Column> = OURS.iter().chain(&RIVALS[1..]).copied().collect();
    let mut rows = Vec::new();
    let mut goals = Vec::new();
    for (kind, nature, holds) in KINDS {
        for per_second in PER_SECOND {
            let traffic = Traffic {
                per_second,
                rate: 0.01,
                canary: Canary::Same,
                nature,
            };
            let row = format!("hostile {kind} {per_second}");
            let seen = look(runner, &row, count, &traffic, &LADDER, &columns);
            for &place in holds {
                let what = format!("{kind}, {per_second} req/s, {}", OURS[place].name);
                goals.push(seen[place].goal(what));
            }
            rows.push(cells(&[kind.to_owned(), format!("{per_second}")], &seen));
        }
    }
    let count = counted(count);
    Table {
        heading: "Hostile traffic",
        about: format!(
            "The canary is stable's equal at 1 %, on the ladder; per cent of {count} rollouts with an alarm ({slow} for the rank \
             test). *burst* is how many failures one cause is taken to make; *auto* measures it in stable's hour before, and is \
             the default. Goal: at most 1 for auto wherever both revisions are alike, and for each burst that bounds the \
             bunches. Where each revision swings by itself the two do differ, and no test of two samples can say that they \
             do not: there is no goal in the last rows."
        ),
        columns: headings(&["traffic", "req/s"], &columns),
        rows,
        goals,
    }
}
