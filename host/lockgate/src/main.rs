//! The lockgate executable: parses the command line, runs one command, and exits with the code that says what
//! production looks like now. Decides nothing about traffic. Read `commands/` next.

mod assemble;
mod attest;
mod bounded;
mod bounded_file;
mod cases;
mod cli;
mod commands;
mod config;
mod environment;
mod event;
mod executable;
mod exit;
mod help;
mod machine;
mod masked_text;
mod mistake;
mod notify;
mod output;
mod pages;
mod parallel;
mod platform;
mod power;
mod progress;
mod report;
mod run;
mod secret_names;
mod shell_words;
mod store;
mod story;
mod telemetry;
mod templates;

use std::process::ExitCode;

use cli::parse::{Parsed, Wrong};
use exit::Exit;
use output::{Format, ProgressStyle, Verbosity};
use report::pipelines::EarlyEnd;

fn main() -> ExitCode {
    // Where the system refuses a handler, the one of each command reports it.
    #[cfg(unix)]
    let _ = run::signals::early::begin();
    if run::keeper::serve_if_asked() || bounded::serve_if_asked() {
        return ExitCode::SUCCESS;
    }
    let cli = match cli::parse::parse() {
        Parsed::Command(cli) => *cli,
        Parsed::Help(help) => {
            // A reader that has gone away does not want the rest.
            let _ = help.print();
            return ExitCode::SUCCESS;
        }
        Parsed::Topic(text) => {
            let output =
                output::Output::of_process(Format::Text, Verbosity::Normal, ProgressStyle::Plain);
            output.script(&text);
            return ExitCode::SUCCESS;
        }
        Parsed::Wrong(wrong) => return not_understood(&wrong),
    };
    let verbosity = if cli.verbose {
        Verbosity::Verbose
    } else {
        Verbosity::Normal
    };
    let output = output::Output::of_process(cli.output, verbosity, cli.progress);
    let output = output.in_pipeline(cli.command.pipeline());
    let result = match machine::start_runtime() {
        Ok(runtime) => {
            let result = match telemetry::begin(&output) {
                Ok(()) => runtime.block_on(commands::execute(cli.command, &output)),
                Err(mistake) => Err(mistake.into()),
            };
            // A blocking task (a name look-up, a compilation) must not keep a finished run from ending.
            runtime.shutdown_background();
            result
        }
        Err(error) => Err(error),
    };
    let exit = result.unwrap_or_else(|error| {
        output.error(&error);
        EarlyEnd::new(Exit::Usage, "error", &format!("{error:#}")).publish(&output);
        Exit::Usage
    });
    telemetry::finish(exit, &output);
    output.finish();
    ExitCode::from(exit.code())
}

/// Says what is wrong with the command line.
fn not_understood(wrong: &Wrong) -> ExitCode {
    let output = output::Output::of_process(wrong.format, Verbosity::Normal, ProgressStyle::Plain);
    output.mistake(&wrong.text, wrong.mistake.clone());
    ExitCode::from(Exit::Usage.code())
}
