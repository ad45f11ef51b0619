//! `campaign figures`: what `compare` promises, measured. Many rollouts of simulated traffic for each row of each table,
//! with seeds, beside the tests that others use on the same data. Prints the tables, and names the goals that were missed.

mod chance;
mod detect;
mod runner;
mod scale;
mod section;
mod table;
mod tables;
mod text;
mod traffic;
mod whole;

use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Instant;

use clap::ValueEnum as _;

use runner::Runner;
use scale::Scale;
use section::SectionError;
use table::{Goal, Table};
use tables::TableName;

/// Why there are no figures.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FiguresError {
    /// The output.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The engine or the gate refuses its own default settings.
    #[error("{0}")]
    Defaults(String),
    /// The threads.
    #[error("{0}")]
    Threads(#[from] rayon::ThreadPoolBuildError),
    /// The file that the tables go to.
    #[error("{0}")]
    Section(#[from] SectionError),
}

/// The flags of `figures`.
#[derive(Debug, clap::Args)]
pub(crate) struct FiguresArgs {
    /// The seed of all rollouts. The same seed prints the same tables.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Few rollouts: seconds instead of minutes.
    #[arg(long)]
    quick: bool,
    /// Make this table alone; may be repeated.
    #[arg(long, value_name = "TABLE")]
    only: Vec<TableName>,
    /// The number of rollouts of each row [default: by table].
    #[arg(long, value_name = "N", conflicts_with = "quick", value_parser = clap::value_parser!(u64).range(1..))]
    rollouts: Option<u64>,
    /// The number of threads [default: one for each processor]. It changes no number.
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    threads: usize,
    /// Also write the tables into this file, in place of what stands under its heading `## Figures`.
    #[arg(long, value_name = "FILE")]
    write: Option<PathBuf>,
}

/// Makes the tables, prints them, and returns the number of goals that were missed.
pub(crate) fn run(args: &FiguresArgs, out: &mut impl Write) -> Result<usize, FiguresError> {
    if let Some(file) = &args.write {
        section::check(file)?;
    }
    let threads = rayon::ThreadPoolBuilder::new().num_threads(args.threads);
    let names = args.names();
    let scale = args.scale();
    let planned = names.iter().map(|name| name.planned(scale)).sum();
    let runner = Runner::new(args.seed, scale, planned);
    let mut tables = Vec::new();
    let mut took = Vec::new();
    let pool = threads.build()?;
    for name in names {
        let began = Instant::now();
        let table = pool.install(|| name.make(&runner));
        tables.push(table.map_err(FiguresError::Defaults)?);
        took.push(format!(
            "{} {:.1} s",
            name.word(),
            began.elapsed().as_secs_f64()
        ));
    }
    runner.finish();
    let text = printed(&args.command(), &tables)?;
    write!(out, "{text}")?;
    if let Some(file) = &args.write {
        section::write(file, &text)?;
    }
    let missed = missed(&tables);
    let goals: usize = tables.iter().map(|table| table.goals.len()).sum();
    writeln!(
        out,
        "{} of {goals} goals reached; {}",
        goals - missed.len(),
        took.join(", ")
    )?;
    for goal in &missed {
        writeln!(out, "{}", goal.sentence())?;
    }
    out.flush()?;
    Ok(missed.len())
}

/// Returns the tables as they are printed and written.
fn printed(command: &str, tables: &[Table]) -> io::Result<String> {
    let mut text = Vec::new();
    writeln!(
        text,
        "Printed by `{command}`: simulated traffic, with seeds, so that the same command prints the same numbers again. `compare` \
         has its defaults (alpha 1 %, beta 5 %) where nothing else is said.\n"
    )?;
    for table in tables {
        table.print(&mut text)?;
    }
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// Returns the goals that were missed.
fn missed(tables: &[Table]) -> Vec<&Goal> {
    let goals = tables.iter().flat_map(|table| &table.goals);
    goals.filter(|goal| goal.is_missed()).collect()
}

impl FiguresArgs {
    fn scale(&self) -> Scale {
        match self.rollouts {
            Some(rollouts) => Scale::Of(rollouts),
            None if self.quick => Scale::Quick,
            None => Scale::Full,
        }
    }

    /// Returns the tables to make, in their own order.
    fn names(&self) -> Vec<TableName> {
        let wanted = |name: &&TableName| self.only.is_empty() || self.only.contains(name);
        TableName::value_variants()
            .iter()
            .filter(wanted)
            .copied()
            .collect()
    }

    /// Returns the command that prints the same again.
    fn command(&self) -> String {
        let mut command = format!(
            "cargo run --release -p campaign -- figures --seed {}",
            self.seed
        );
        if self.quick {
            command.push_str(" --quick");
        }
        for name in &self.only {
            command.push_str(&format!(" --only {}", name.word()));
        }
        if let Some(rollouts) = self.rollouts {
            command.push_str(&format!(" --rollouts {rollouts}"));
        }
        command
    }
}

#[cfg(test)]
mod tests;
