//! Canaries exactly at the tolerated line: the worst that is still within tolerance.

use super::false_alarms::OURS;
use super::seen::{PER_SECOND, RATES, look};
use crate::figures::detect::ours::DEFAULT;
use crate::figures::runner::Runner;
use crate::figures::scale::Scale;
use crate::figures::table::Table;
use crate::figures::text::{counted, per_cent, short};
use crate::figures::traffic::{Canary, LADDER, Nature, Traffic};

fn rollouts(scale: Scale) -> u64 {
    scale.rollouts(10_000, 1_000)
}

pub(super) fn planned(scale: Scale) -> u64 {
    rollouts(scale) * (PER_SECOND.len() * RATES.len()) as u64
}

pub(super) fn table(runner: &Runner) -> Table {
    let count = rollouts(runner.scale);
    let mut rows = Vec::new();
    let mut goals = Vec::new();
    for per_second in PER_SECOND {
        let mut cells = vec![format!("{per_second} req/s")];
        for rate in RATES {
            let traffic = Traffic {
                per_second,
                rate,
                canary: Canary::OnLine(DEFAULT),
                nature: Nature::Steady,
            };
            let what = format!("{per_second} req/s, stable at {}", per_cent(rate));
            let row = format!("on-the-line {what}");
            let seen = look(runner, &row, count, &traffic, &LADDER, &OURS[..1]);
            for seen in &seen {
                goals.push(seen.goal(format!("canary at the tolerated line, {what}")));
                cells.push(short(seen.alarmed()));
            }
        }
        rows.push(cells);
    }
    let stable = RATES.map(|rate| format!("stable at {}", per_cent(rate)));
    let columns = std::iter::once("traffic".to_owned()).chain(stable);
    let count = counted(count);
    Table {
        heading: "At the tolerated line",
        about: format!(
            "The canary fails at exactly 1.1 × stable's rate + 0.05 points: the worst that is tolerated. Per cent of {count} \
             rollouts on the ladder in which `compare` alarms. Goal: at most 1. Other tests would be right to alarm here."
        ),
        columns: columns.collect(),
        rows,
        goals,
    }
}
