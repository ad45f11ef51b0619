//! The commands about one gate, `lockgate gate …`: this file only chooses one. Each command has a file of its own;
//! `gate_from_flags` loads the gate that most of them need, and `printed` is what they write.

mod answer;
mod backtest;
mod bench;
mod check;
mod compile;
mod conformance;
mod due;
mod flip;
mod gate_from_flags;
mod inspect;
mod new;
mod printed;
mod pull;
mod push;
mod question;
mod replay;
mod run;
mod test;
#[cfg(test)]
mod tests;
mod wants;
mod watch;

use crate::cli::GateCommand;
use crate::exit::Exit;
use crate::output::Output;

/// Runs a `gate` command and returns the exit code.
///
/// # Errors
/// When a component, its settings, a URL or a file cannot be used.
pub(super) async fn gate(command: &GateCommand, output: &Output) -> anyhow::Result<Exit> {
    match command {
        GateCommand::New(args) => new::new(args, output),
        GateCommand::Run(args) => run::run(args, output).await,
        GateCommand::Record(args) => run::record(args, output).await,
        GateCommand::Replay(args) => replay::replay(args, output).await,
        GateCommand::Test(args) => test::test(args, output).await,
        GateCommand::Backtest(args) => backtest::backtest(args, output).await,
        GateCommand::Bench(args) => bench::bench(args, output).await,
        GateCommand::Check(args) => check::check(args, output).await,
        GateCommand::Compile(args) => compile::compile(args, output).await,
        GateCommand::Pull(args) => pull::pull(args, output).await,
        GateCommand::Push(args) => push::push(args, output).await,
        GateCommand::Inspect(args) => inspect::inspect(args, output).await,
    }
}
