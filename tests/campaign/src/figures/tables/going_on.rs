//! How many requests it takes until a good canary may go on.

use super::requests::{Requests, times};
use crate::figures::detect::ours::{BETA, DEFAULT};
use crate::figures::runner::Runner;
use crate::figures::scale::Scale;
use crate::figures::table::Table;
use crate::figures::text::{counted, median_and_p90, per_cent, quantile, thousands};

const RATES: [f64; 4] = [0.0005, 0.002, 0.01, 0.05];
/// A weight and the next one, in per cent.
pub(super) const STEPS: [(f64, f64); 3] = [(10.0, 25.0), (25.0, 50.0), (50.0, 100.0)];
/// The share of all requests that may additionally fail after a step, as it is by default.
pub(super) const HARM: f64 = 0.01;

fn rollouts(scale: Scale) -> u64 {
    scale.rollouts(1_000, 100)
}

pub(super) fn planned(scale: Scale) -> u64 {
    rollouts(scale) * (RATES.len() * STEPS.len()) as u64
}

pub(super) fn table(runner: &Runner) -> Table {
    let count = rollouts(runner.scale);
    let mut rows = Vec::new();
    for rate in RATES {
        for (weight, next) in STEPS {
            let margin = HARM * 100.0 / next;
            let requests = Requests {
                weight: weight / 100.0,
                stable: rate,
                canary: rate,
                tolerated: DEFAULT,
            };
            let step = format!("{weight} → {next} %");
            let row = format!("going-on {} {step}", per_cent(rate));
            let needed = runner.rollouts(&row, count, |_, chance| {
                requests.until(chance, 1e6, |evidence| {
                    evidence.in_favour(margin) >= BETA.recip().ln()
                })
            });
            let median = quantile(&needed, 0.5);
            let of_canary = median.map(|median| thousands(median * requests.weight));
            let of_row = [
                per_cent(rate),
                step,
                format!("{}", margin * 100.0),
                median_and_p90(&needed),
                of_canary.unwrap_or("–".to_owned()),
            ];
            rows.push(of_row.into_iter().chain(times(median)).collect());
        }
    }
    let count = counted(count);
    Table {
        heading: "Requests until a good canary may go on",
        about: format!(
            "The canary fails as often as stable. Requests to both until the evidence for the next weight suffices (beta 5 %, harm \
             1 %), median / 90th percentile of {count} rollouts. By default a stage also needs 100 requests to each revision."
        ),
        columns: [
            "rate of both",
            "step",
            "margin (points)",
            "requests, median / p90",
            "of these to the canary",
            "2 req/s",
            "20 req/s",
            "200 req/s",
        ]
        .map(str::to_owned)
        .to_vec(),
        rows,
        goals: Vec::new(),
    }
}
