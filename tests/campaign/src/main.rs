//! `campaign`: attacks on the shipped executable, by chance and in numbers. Not shipped. Each subcommand is one attack; the
//! first is `races`. README.md beside this crate says how to run it and what is judged.

mod judge;
mod races;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Debug, Parser)]
#[command(about = "Attacks on the shipped executable, by chance and in numbers")]
struct Cli {
    #[command(subcommand)]
    attack: Attack,
}

#[derive(Debug, Subcommand)]
enum Attack {
    /// Two or three lockgates and an operator change one app at the same time, through delays.
    Races(RacesArgs),
}

/// The flags of `races`.
#[derive(Debug, clap::Args)]
pub(crate) struct RacesArgs {
    /// The number of trials.
    #[arg(long, default_value_t = 300)]
    trials: u64,
    /// The seed of the first trial; each further one has the next number.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Repeat the trial with this seed alone, and print what happened in it.
    #[arg(long, value_name = "SEED", conflicts_with_all = ["trials", "seed"])]
    only: Option<u64>,
    /// The number of trials at the same time. They mostly wait.
    #[arg(long, value_name = "TRIALS", default_value_t = 12)]
    parallel: usize,
    /// Begin no further trial after so many seconds.
    #[arg(long, value_name = "SECONDS")]
    within: Option<u64>,
    /// The executable under test [default: the one beside this one].
    #[arg(long, value_name = "FILE")]
    lockgate: Option<PathBuf>,
    /// Keep what each process printed, in folders by seed [default: nothing is kept].
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
}

fn main() -> ExitCode {
    let Attack::Races(args) = Cli::parse().attack;
    let mut out = std::io::stdout().lock();
    match races::run(&args, &mut out) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            // Without stderr there is nobody to read the reason.
            let _ = writeln!(std::io::stderr(), "campaign: {error}");
            ExitCode::from(2)
        }
    }
}
