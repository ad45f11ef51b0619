//! Canaries exactly at the margin, and how many of them were let on all the same.

use evidence::Line;

use super::going_on::HARM;
use super::seen::{PER_SECOND, RATES};
use crate::figures::detect::ours::{BETA, DEFAULT};
use crate::figures::runner::Runner;
use crate::figures::scale::Scale;
use crate::figures::table::{Goal, Table};
use crate::figures::text::{counted, per_cent, share, short};
use crate::figures::traffic::{Canary, Nature, Stream, Traffic, hour_at};

/// A weight and the next one, in per cent.
const STEPS: [(f64, f64); 2] = [(10.0, 25.0), (50.0, 100.0)];

fn rollouts(scale: Scale) -> u64 {
    scale.rollouts(3_000, 500)
}

pub(super) fn planned(scale: Scale) -> u64 {
    rollouts(scale) * (PER_SECOND.len() * RATES.len() * STEPS.len()) as u64
}

pub(super) fn table(runner: &Runner) -> Table {
    let count = rollouts(runner.scale);
    let mut rows = Vec::new();
    let mut goals = Vec::new();
    for per_second in PER_SECOND {
        for (weight, next) in STEPS {
            let mut cells = vec![
                format!("{per_second} req/s"),
                format!("{weight} → {next} %"),
            ];
            for rate in RATES {
                let what = format!(
                    "{per_second} req/s, {weight} → {next} %, {}",
                    per_cent(rate)
                );
                let let_on = let_on(runner, &what, count, per_second, rate, (weight, next));
                cells.push(short(let_on));
                goals.push(Goal {
                    what: format!("let on at the margin, {what}"),
                    measured: let_on,
                    at_most: BETA * 100.0,
                    unit: "%",
                });
            }
            rows.push(cells);
        }
    }
    let stable = RATES.map(|rate| format!("stable at {}", per_cent(rate)));
    let columns = ["traffic".to_owned(), "step".to_owned()];
    let count = counted(count);
    Table {
        heading: "Let on at the margin",
        about: format!(
            "The canary fails exactly so often that harm is 1 % of all requests after the step. Per cent of {count} rollouts in \
             which one of 60 looks, one a minute, finds the evidence for the next weight. Goal: at most 5, which is beta."
        ),
        columns: columns.into_iter().chain(stable).collect(),
        rows,
        goals,
    }
}

/// Returns in how many per cent of the rollouts the canary was let on.
fn let_on(
    runner: &Runner,
    what: &str,
    count: u64,
    per_second: f64,
    rate: f64,
    (weight, next): (f64, f64),
) -> f64 {
    let margin = HARM * 100.0 / next;
    let traffic = Traffic {
        per_second,
        rate,
        canary: Canary::OnLine(Line {
            difference: margin,
            ..DEFAULT
        }),
        nature: Nature::Steady,
    };
    let rollouts = runner.rollouts(&format!("beyond {what}"), count, |_, chance| {
        let mut stream = Stream::new(&traffic, chance);
        let mut evidence = evidence::Evidence::new().with_history(stream.history().total());
        stream.minutes(&hour_at(weight / 100.0)).any(|minute| {
            evidence.add(&minute.block, DEFAULT, 1.0);
            evidence.in_favour(margin) >= BETA.recip().ln()
        })
    });
    share(
        rollouts.iter().filter(|let_on| **let_on).count(),
        rollouts.len(),
    )
}
