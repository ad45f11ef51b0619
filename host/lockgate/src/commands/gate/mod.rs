//! The commands about one gate: `lockgate gate …`.

mod backtest;
mod bench;
mod check;
mod inspect;
mod one;
mod replay;
mod run;
mod test;

use crate::cli::GateCommand;
use crate::output::Output;

/// Runs one of them.
///
/// # Errors
/// When a component, its settings, a URL or a file cannot be used.
pub(super) async fn gate(command: &GateCommand, output: &Output) -> anyhow::Result<u8> {
    match command {
        GateCommand::Run(args) => run::run(args, output).await,
        GateCommand::Record(args) => run::record(args, output).await,
        GateCommand::Replay(args) => replay::replay(args, output).await,
        GateCommand::Test(args) => test::test(args, output).await,
        GateCommand::Backtest(args) => backtest::backtest(args, output).await,
        GateCommand::Bench(args) => bench::bench(args, output).await,
        GateCommand::Check(args) => check::check(args, output).await,
        GateCommand::Inspect(args) => inspect::inspect(args, output).await,
    }
}
