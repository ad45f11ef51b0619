//! What it costs to count a minute twice.

use std::collections::VecDeque;

use evidence::{Block, Line};

use super::seen::Seen;
use crate::figures::detect::ours::{Burst, DEFAULT, STRICT};
use crate::figures::detect::{Detector, Ours};
use crate::figures::runner::Runner;
use crate::figures::scale::Scale;
use crate::figures::table::Table;
use crate::figures::text::{counted, line, per_cent, short};
use crate::figures::traffic::{Canary, LADDER, Minute, Nature, Stream, Stretch, Traffic};

/// How counts are added: the name, after how many half minutes, and of how many.
const WINDOWS: [(&str, usize, usize); 3] = [
    ("each minute once", 2, 2),
    ("the last 60 s, every 30 s", 1, 2),
    ("the last 300 s, every 30 s", 1, 10),
];
const RATES: [f64; 2] = [0.01, 0.05];
const TOLERANCES: [(&str, Line); 2] = [("default", DEFAULT), ("strict", STRICT)];

/// The ladder by half minutes: the rate of a [`Stream`] is by its step, so half of the rate goes in.
const HALVES: [Stretch; 3] = {
    let mut halves = LADDER;
    let mut place = 0;
    while place < halves.len() {
        halves[place].minutes *= 2;
        place += 1;
    }
    halves
};

fn rollouts(scale: Scale) -> u64 {
    scale.rollouts(3_000, 200)
}

pub(super) fn planned(scale: Scale) -> u64 {
    rollouts(scale) * (WINDOWS.len() * RATES.len() * TOLERANCES.len()) as u64
}

pub(super) fn table(runner: &Runner) -> Table {
    let count = rollouts(runner.scale);
    let each = RATES.map(|rate| TOLERANCES.map(|(name, tolerated)| (rate, name, tolerated)));
    let each = each.as_flattened();
    let mut rows = Vec::new();
    let mut goals = Vec::new();
    for (window, every, of) in WINDOWS {
        let mut cells = vec![window.to_owned()];
        for &(rate, name, tolerated) in each {
            // The same traffic for each way to count it.
            let row = format!("overlap {rate} {name}");
            let alarms = runner.rollouts(&row, count, |_, chance| {
                let traffic = Traffic {
                    per_second: 10.0,
                    rate,
                    canary: Canary::Same,
                    nature: Nature::Steady,
                };
                let mut stream = Stream::new(&traffic, chance);
                let ours = Ours::new(tolerated, Burst::Of(1.0), &stream.history());
                first_alarm(ours, stream.minutes(&HALVES), every, of)
            });
            let seen = Seen(alarms);
            cells.push(short(seen.alarmed()));
            if every == of {
                goals.push(seen.goal(format!("{window}, {}, {name}", per_cent(rate))));
            }
        }
        rows.push(cells);
    }
    let named = each.iter().map(|(rate, name, tolerated)| {
        format!("{name} ({}), {}", line(*tolerated), per_cent(*rate))
    });
    let count = counted(count);
    Table {
        heading: "What it costs to count a minute twice",
        about: format!(
            "Identical canaries on the ladder at 20 requests a second; per cent of {count} rollouts with an alarm. `compare` counts \
             each minute once; the other rows are what a gate does that asks for the last minutes each time. Goal: at most 1 in \
             the first row."
        ),
        columns: std::iter::once("counted".to_owned()).chain(named).collect(),
        rows,
        goals,
    }
}

/// Returns the half minute of the first alarm, with windows of `of` half minutes after each `every`. No window reaches back
/// beyond the last raise.
fn first_alarm(
    mut ours: Ours,
    halves: impl Iterator<Item = Minute>,
    every: usize,
    of: usize,
) -> Option<u32> {
    let mut window: VecDeque<Block> = VecDeque::new();
    let mut raised = false;
    for half in halves {
        if half.raised {
            window.clear();
            raised = true;
        }
        window.push_front(half.block);
        window.truncate(of);
        let is_due = (half.number as usize + 1).is_multiple_of(every);
        if !is_due {
            continue;
        }
        let mut block = Block::default();
        for half in &window {
            block += *half;
        }
        let minute = Minute {
            number: half.number,
            block,
            raised: std::mem::take(&mut raised),
        };
        if ours.alarms(&minute) {
            return Some(half.number);
        }
    }
    None
}
