//! Whole rollouts, with the decision table, on Azure's timing.

use compare::Settings;

use super::seen::PER_SECOND;
use crate::figures::runner::Runner;
use crate::figures::scale::Scale;
use crate::figures::table::{Goal, Table};
use crate::figures::text::{counted, quantile, share, thousands};
use crate::figures::traffic::float;
use crate::figures::whole::{self, App, Ended, Ending};

/// A canary: its name, stable's rate, its own, and from which weight on.
const CANARIES: [(&str, f64, f64, u32); 7] = [
    ("good, 0.2 %", 0.002, 0.002, 0),
    ("good, 1 %", 0.01, 0.01, 0),
    ("0.2 → 0.5 %", 0.002, 0.005, 0),
    ("0.2 → 1 %", 0.002, 0.01, 0),
    ("0.2 → 5 %", 0.002, 0.05, 0),
    ("1 → 2 %", 0.01, 0.02, 0),
    ("0.2 → 5 % from 50 % on", 0.002, 0.05, 50),
];

const COLUMNS: [&str; 7] = [
    "traffic",
    "canary",
    "promoted",
    "rolled back: worse",
    "rolled back: too thin",
    "minutes to the end, median",
    "extra failures",
];

fn rollouts(scale: Scale) -> u64 {
    scale.rollouts(400, 20)
}

pub(super) fn planned(scale: Scale) -> u64 {
    rollouts(scale) * (PER_SECOND.len() * CANARIES.len()) as u64
}

pub(super) fn table(runner: &Runner) -> Result<Table, String> {
    let count = rollouts(runner.scale);
    let settings = Settings::of(&serde_json::json!({})).map_err(|error| error.to_string())?;
    let plan = whole::plan().map_err(|error| error.to_string())?;
    let mut rows = Vec::new();
    let mut goals = Vec::new();
    for per_second in PER_SECOND {
        for (name, stable, canary, from_weight) in CANARIES {
            let app = App {
                per_second,
                stable,
                canary,
                from_weight,
            };
            let row = format!("rollouts {per_second} {name}");
            let ended = runner.rollouts(&row, count, |_, chance| {
                whole::run(app, &plan, &settings, chance)
            });
            let of = |ending| {
                let such = ended.iter().filter(|ended| ended.ending == ending);
                share(such.count(), ended.len())
            };
            let goal = |what: &str, measured, at_most| Goal {
                what: format!("{what}, whole rollouts, {per_second} req/s, {name}"),
                measured,
                at_most,
                unit: "%",
            };
            goals.push(goal("ended otherwise", of(Ending::Otherwise), 0.0));
            if canary <= stable {
                goals.push(goal("false alarms", of(Ending::Worse), 1.0));
            }
            let median = |value: fn(&Ended) -> f64| {
                let values: Vec<Option<f64>> =
                    ended.iter().map(|ended| Some(value(ended))).collect();
                quantile(&values, 0.5).map_or("–".to_owned(), thousands)
            };
            let per_cent = |ending| format!("{:.1} %", of(ending));
            rows.push(vec![
                format!("{per_second} req/s"),
                name.to_owned(),
                per_cent(Ending::Promoted),
                per_cent(Ending::Worse),
                per_cent(Ending::TooThin),
                median(|ended| ended.minutes),
                median(|ended| float(ended.extra_failures)),
            ]);
        }
    }
    let count = counted(count);
    Ok(Table {
        heading: "Whole rollouts",
        about: format!(
            "{count} rollouts a row, by the engine that ships, with `compare` and its default settings as the only health check: \
             stages 10, 25, 50, 100, bake 8 min, gate deadline 20 min, a check every 30 s, counts by the minute that come 3 min \
             late. *Too thin*: the deadline passed without evidence enough, and the engine closed. Extra failures are the \
             requests that failed because they were the canary's, in the median. Goal: at most 1 % of the good ones are rolled \
             back as worse."
        ),
        columns: COLUMNS.map(str::to_owned).to_vec(),
        rows,
        goals,
    })
}
