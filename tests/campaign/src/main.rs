//! `campaign`: attacks on the shipped executable, by chance and in numbers. Not shipped. Each subcommand is one attack; the
//! first is `races`. README.md beside this crate says how to run it and what is judged.

mod judge;
mod races;

use std::io::Write as _;
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
    /// Two to four lockgates and an operator change one app at the same time, through delays.
    Races(races::RacesArgs),
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
