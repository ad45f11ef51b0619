//! How many requests it takes until a canary that is worse is rolled back, beside what the formula of `plan` says.

use evidence::Line;
use evidence::power::{Comparison, requests_to_catch};

use super::requests::{Requests, times};
use crate::figures::detect::Ours;
use crate::figures::detect::ours::{ALPHA, DEFAULT, STRICT, WIDE};
use crate::figures::runner::Runner;
use crate::figures::scale::Scale;
use crate::figures::table::{Goal, Table};
use crate::figures::text::{counted, line, median_and_p90, per_cent, quantile, thousands};

const TOLERANCES: [(&str, Line); 3] =
    [("strict", STRICT), ("**default**", DEFAULT), ("wide", WIDE)];
/// Rates of stable and of the canary. The last two are a 95th percentile of 200 ms that becomes 400 ms, of lognormal times
/// with sigma 0.8 and 0.5.
const CHANGES: [(f64, f64); 6] = [
    (0.002, 0.01),
    (0.002, 0.05),
    (0.01, 0.02),
    (0.05, 0.10),
    (0.05, 0.218),
    (0.05, 0.398),
];
const WEIGHTS: [f64; 3] = [0.10, 0.25, 0.50];
/// The most requests that the median of a canary at 5 % beside 0.2 % may take, at 10 %.
const GOAL: f64 = 900.0;

fn rollouts(scale: Scale) -> u64 {
    scale.rollouts(1_000, 100)
}

/// A row, before it is simulated.
struct Row {
    name: &'static str,
    requests: Requests,
    /// What the formula says.
    formula: f64,
}

/// Returns the rows; a canary that is within a tolerance has none.
fn rows() -> impl Iterator<Item = Row> {
    let each = TOLERANCES.into_iter().flat_map(|tolerance| {
        CHANGES
            .into_iter()
            .flat_map(move |change| WEIGHTS.map(|weight| (tolerance, change, weight)))
    });
    each.filter_map(|((name, tolerated), (stable, canary), weight)| {
        let comparison = Comparison {
            line: tolerated,
            weight,
            stable_rate: stable,
        };
        // A canary exactly on the line is within tolerance, whatever the rounding of the line says.
        let beyond = canary > tolerated.at(stable) * (1.0 + 1e-9);
        let formula = requests_to_catch(&comparison, canary, ALPHA).filter(|_| beyond)?;
        Some(Row {
            name,
            requests: Requests {
                weight,
                stable,
                canary,
                tolerated,
            },
            formula,
        })
    })
}

pub(super) fn planned(scale: Scale) -> u64 {
    rollouts(scale) * rows().count() as u64
}

pub(super) fn table(runner: &Runner) -> Table {
    let count = rollouts(runner.scale);
    let mut cells = Vec::new();
    let mut goals = Vec::new();
    for row in rows() {
        let Row {
            name,
            requests,
            formula,
        } = row;
        let change = format!(
            "{} → {}",
            per_cent(requests.stable).trim_end_matches(" %"),
            per_cent(requests.canary)
        );
        let key = format!("catching {name} {change} {}", requests.weight);
        let needed = runner.rollouts(&key, count, |_, chance| {
            requests.until(chance, 50.0 * formula, Ours::is_worse)
        });
        let median = quantile(&needed, 0.5);
        let is_goal = requests.tolerated == DEFAULT && change == "0.2 → 5 %";
        if is_goal && requests.weight < 0.11 {
            goals.push(Goal {
                what: "requests until a canary at 5 % beside 0.2 % is rolled back, at 10 %, median"
                    .to_owned(),
                measured: median.unwrap_or(f64::INFINITY),
                at_most: GOAL,
                unit: "requests",
            });
        }
        let of_row = [
            format!("{name} ({})", line(requests.tolerated)),
            change,
            per_cent(requests.weight),
            median_and_p90(&needed),
            thousands(formula),
        ];
        cells.push(of_row.into_iter().chain(times(median)).collect());
    }
    let count = counted(count);
    Table {
        heading: "Requests until a worse canary is rolled back",
        about: format!(
            "Requests to both revisions until `compare` alarms, median / 90th percentile of {count} rollouts, looked at every 20 \
             requests and, after 4 000, every hundredth of what has come. Beside it what `plan` says (the formula), and the median \
             as time with looks every 10 s. Azure's counts come 3 to 4 minutes late on top. The last two changes are a 95th \
             percentile of 200 ms that becomes 400 ms. Goal: at most 900 requests for 0.2 → 5 % at 10 % with the default."
        ),
        columns: [
            "tolerance",
            "change",
            "weight",
            "requests, median / p90",
            "formula",
            "2 req/s",
            "20 req/s",
            "200 req/s",
        ]
        .map(str::to_owned)
        .to_vec(),
        rows: cells,
        goals,
    }
}
