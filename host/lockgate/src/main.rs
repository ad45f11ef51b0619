//! The lockgate executable: parses the command line, runs one command, and exits with the code that says what
//! production looks like now. Decides nothing about traffic. Read `commands/` next.

mod assemble;
mod cases;
mod cli;
mod commands;
mod config;
mod exit;
mod output;
mod parallel;
mod platform;
mod report;
mod run;
mod store;

use std::process::ExitCode;

use clap::Parser as _;

use exit::Exit;
use output::Verbosity;

fn main() -> ExitCode {
    #[cfg(unix)]
    if let Err(error) = run::signals::early::begin() {
        eprintln!("lockgate: signals cannot be handled here: {error}");
        return ExitCode::from(Exit::Usage.code());
    }
    let cli = cli::Cli::parse();
    let verbosity = if cli.verbose {
        Verbosity::Verbose
    } else {
        Verbosity::Normal
    };
    let output = output::Output::of_process(cli.output, verbosity);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    let result = match runtime {
        Ok(runtime) => {
            let result = runtime.block_on(commands::execute(cli.command, &output));
            // A blocking task (a name look-up, a compilation) must not keep a finished run from ending.
            runtime.shutdown_background();
            result
        }
        Err(error) => Err(anyhow::Error::from(error).context("cannot start the async runtime")),
    };
    let exit = result.unwrap_or_else(|error| {
        output.error(&error);
        Exit::Usage
    });
    output.finish();
    ExitCode::from(exit.code())
}
