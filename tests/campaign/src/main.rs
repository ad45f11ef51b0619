//! `campaign`: attacks on the shipped executable by chance, and figures of what its gate `compare` promises. Not shipped.
//! Each subcommand is one of them. README.md beside this crate says how to run it and what is judged.

mod figures;
mod judge;
mod races;

use std::error::Error;
use std::io::Write as _;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Debug, Parser)]
#[command(about = "Attacks on the shipped executable by chance, and figures of its gate `compare`")]
struct Cli {
    #[command(subcommand)]
    attack: Attack,
}

#[derive(Debug, Subcommand)]
enum Attack {
    /// Two to four lockgates and an operator change one app at the same time, through delays.
    Races(races::RacesArgs),
    /// Simulated rollouts in large numbers: false alarms, and how soon a worse canary is seen.
    Figures(figures::FiguresArgs),
}

fn main() -> ExitCode {
    let mut out = std::io::stdout().lock();
    let violations: Result<usize, Box<dyn Error>> = match Cli::parse().attack {
        Attack::Races(args) => races::run(&args, &mut out).map_err(Into::into),
        Attack::Figures(args) => figures::run(&args, &mut out).map_err(Into::into),
    };
    match violations {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            // Without stderr there is nobody to read the reason.
            let _ = writeln!(std::io::stderr(), "campaign: {error}");
            ExitCode::from(2)
        }
    }
}
