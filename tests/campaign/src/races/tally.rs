//! The counts of a campaign: trials by plot, exit codes by command, faults that hit, violations by rule. Only counts.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::Duration;

use super::plots::Plot;
use super::steps::Act;
use super::trial::Trial;
use crate::judge::Violation;
use crate::judge::course::Ended;

/// The counts so far.
#[derive(Default)]
pub(crate) struct Tally {
    trials: usize,
    violated: usize,
    violations: usize,
    plots: BTreeMap<Plot, usize>,
    endings: BTreeMap<String, usize>,
    faults: BTreeMap<String, usize>,
    rules: BTreeMap<&'static str, Vec<u64>>,
    operator_writes: usize,
    kills: usize,
}

impl Tally {
    pub(crate) fn add(&mut self, trial: &Trial, violations: &[Violation]) {
        self.trials += 1;
        self.violated += usize::from(!violations.is_empty());
        self.violations += violations.len();
        *self.plots.entry(trial.story.plot).or_default() += 1;
        for process in &trial.course.processes {
            let ending = match process.ended {
                Ended::Code(code) => format!("{} {code}", process.role),
                Ended::Killed => format!("{} killed", process.role),
                Ended::Never => format!("{} never ended", process.role),
            };
            *self.endings.entry(ending).or_default() += 1;
        }
        for (fault, count) in &trial.faults {
            *self.faults.entry(fault.clone()).or_default() += count;
        }
        for violation in violations {
            self.rules
                .entry(violation.rule)
                .or_default()
                .push(trial.story.seed);
        }
        self.operator_writes += trial.course.writes_of("operator").count();
        let kills = trial.story.steps.iter();
        self.kills += kills
            .filter(|step| matches!(step.act, Act::Kill(_)))
            .count();
    }

    pub(crate) fn violations(&self) -> usize {
        self.violations
    }

    pub(crate) fn print(&self, took: Duration, out: &mut impl Write) -> io::Result<()> {
        writeln!(
            out,
            "{} trials in {} s, {} kills, {} writes of operators",
            self.trials,
            took.as_secs(),
            self.kills,
            self.operator_writes
        )?;
        print_counts("plots", &self.plots, out)?;
        print_counts("processes", &self.endings, out)?;
        print_counts("faults", &self.faults, out)?;
        for (rule, seeds) in &self.rules {
            let shown: Vec<String> = seeds.iter().take(8).map(u64::to_string).collect();
            let more = if seeds.len() > 8 { " …" } else { "" };
            writeln!(
                out,
                "violated: {rule}: {} (seeds {}{more})",
                seeds.len(),
                shown.join(" ")
            )?;
        }
        writeln!(
            out,
            "{} violations in {} of {} trials",
            self.violations, self.violated, self.trials
        )
    }
}

fn print_counts<K: std::fmt::Display>(
    what: &str,
    counts: &BTreeMap<K, usize>,
    out: &mut impl Write,
) -> io::Result<()> {
    let counts: Vec<String> = counts
        .iter()
        .map(|(key, count)| format!("{key} {count}"))
        .collect();
    writeln!(out, "{what}: {}", counts.join(" · "))
}
