//! `campaign races`: many trials, some at a time. Each is a story out of a seed, performed with real processes and judged
//! from the emulator's logs. Counts and prints; decides nothing about what is right.

mod bench;
mod operator;
mod plots;
mod process;
mod steps;
mod story;
mod tally;
mod trial;

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::judge::judge;
use bench::Bench;
use story::Story;
use tally::Tally;
use trial::{Trial, TrialError};

/// Why the campaign could not be run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CampaignError {
    /// The runtime, a folder or the output.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// No executable to test.
    #[error("{} is not there; build it with `cargo build -p lockgate`, or name another with --lockgate", .0.display())]
    NoLockgate(PathBuf),
    /// A trial that could not be performed.
    #[error("trial {seed}: {error}")]
    Trial {
        /// Its seed.
        seed: u64,
        /// The reason.
        error: TrialError,
    },
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

/// Performs the trials, prints each violation and the counts, and returns the number of violations.
pub(crate) fn run(args: &RacesArgs, out: &mut impl Write) -> Result<usize, CampaignError> {
    let lockgate = match &args.lockgate {
        Some(path) => path.clone(),
        None => std::env::current_exe()?.with_file_name("lockgate"),
    };
    if !lockgate.is_file() {
        return Err(CampaignError::NoLockgate(lockgate));
    }
    // The processes run in folders of their own.
    let lockgate = lockgate.canonicalize()?;
    let bench = Arc::new(Bench {
        lockgate,
        cache: tempfile::tempdir()?,
        keep: args.keep.clone(),
    });
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    runtime.block_on(perform_all(args, bench, out))
}

async fn perform_all(
    args: &RacesArgs,
    bench: Arc<Bench>,
    out: &mut impl Write,
) -> Result<usize, CampaignError> {
    let began = Instant::now();
    let seeds = match args.only {
        Some(seed) => seed..seed + 1,
        None => args.seed..args.seed + args.trials,
    };
    // Alone, so that the gates are compiled once.
    trial::warm_up(&bench)
        .await
        .map_err(|error| CampaignError::Trial { seed: 0, error })?;
    let places = Arc::new(Semaphore::new(args.parallel.max(1)));
    let mut running = JoinSet::new();
    let mut tally = Tally::default();
    for seed in seeds {
        let place = Arc::clone(&places).acquire_owned().await;
        let over = args.within.map(Duration::from_secs);
        if over.is_some_and(|over| began.elapsed() >= over) {
            break;
        }
        let bench = Arc::clone(&bench);
        running.spawn(async move {
            let performed = trial::perform(Story::of(seed), &bench).await;
            drop(place);
            performed.map_err(|error| CampaignError::Trial { seed, error })
        });
        while let Some(trial) = running.try_join_next() {
            report(&flatten(trial)?, args.only.is_some(), &mut tally, out)?;
        }
    }
    while let Some(trial) = running.join_next().await {
        report(&flatten(trial)?, args.only.is_some(), &mut tally, out)?;
    }
    tally.print(began.elapsed(), out)?;
    Ok(tally.violations())
}

fn flatten(
    trial: Result<Result<Trial, CampaignError>, tokio::task::JoinError>,
) -> Result<Trial, CampaignError> {
    trial.unwrap_or_else(|error| Err(CampaignError::Io(io::Error::other(error))))
}

fn report(trial: &Trial, whole: bool, tally: &mut Tally, out: &mut impl Write) -> io::Result<()> {
    let violations = judge(&trial.course);
    tally.add(trial, &violations);
    for violation in &violations {
        writeln!(
            out,
            "seed {} ({}): {}: {}",
            trial.story.seed, trial.story.plot, violation.rule, violation.what
        )?;
    }
    if whole {
        writeln!(out, "{:#?}", trial.story)?;
        for line in &trial.lines {
            writeln!(out, "{line}")?;
        }
    }
    out.flush()
}
