//! The table of commands: each is one file under `app` (an app on the platform), `gate` (a gate by itself) or `local`
//! (this machine alone), and returns the exit code. Prepares what all commands that move traffic need, and runs none
//! of their logic.

mod app;
mod gate;
mod local;
mod report_files;

use crate::cli::{self, Command};
use crate::exit::Exit;
use crate::output::Output;
use crate::run::signals;

/// Runs a command.
///
/// # Errors
/// Errors of usage and configuration, before anything is read or written.
pub(crate) async fn execute(command: Command, output: &Output) -> anyhow::Result<Exit> {
    let moves_traffic = matches!(
        command,
        Command::Rollout(_)
            | Command::Deploy(_)
            | Command::Pin(_)
            | Command::Resume(_)
            | Command::Abort(_)
            | Command::Recover(_)
            | Command::Undo(_)
            | Command::Forget(_)
    );
    if moves_traffic {
        output.never_wait();
        if let Some(warning) = signals::shell_warning() {
            output.note(&warning);
        }
    }
    #[cfg(unix)]
    if !moves_traffic && !matches!(command, Command::Emulate(_) | Command::Demo(_)) {
        signals::early::end();
    }
    if let Some(args) = command.target_alone() {
        app::configuration::note_mistakes(args, output);
    }
    match command {
        Command::Rollout(args) => app::rollout::rollout(&args, output).await,
        Command::Deploy(args) => app::deploy::deploy(&args, output).await,
        Command::Pin(args) => app::pin::pin(&args, output).await,
        Command::Resume(args) => app::resume::resume(&args, output).await,
        Command::Undo(args) => app::undo::undo(&args, output).await,
        Command::Forget(args) => app::forget::forget(&args, output).await,
        Command::Validate(args) => app::validate::validate(&args, output).await,
        Command::Abort(args) => {
            let exit = app::abort::abort(&args, output).await?;
            Ok(cli::exit_zero(args.exit_zero, exit))
        }
        Command::Recover(args) => {
            let exit = app::recover::recover(&args, output).await?;
            Ok(cli::exit_zero(args.exit_zero, exit))
        }
        Command::Plan(args) => app::plan::plan(&args, output).await,
        Command::Status(args) => app::status::status(&args, output).await,
        Command::Doctor(args) => app::doctor::doctor(&args, output).await,
        Command::Emulate(args) => local::emulate::emulate(&args, output).await,
        Command::Demo(args) => local::demo::demo(&args, output).await,
        Command::Gate { command } => gate::gate(&command, output).await,
        Command::Runs(args) => local::runs::runs(&args, output),
        Command::Explain(args) => local::explain::explain(&args, output),
        Command::Report(args) => local::report::report(&args, output),
        Command::Verify(args) => local::verify::verify(&args, output).await,
        Command::Schema { of } => local::schema::schema(of, output),
        Command::Completions { shell } => Ok(local::completions::completions(shell, output)),
        Command::Man { out } => local::man::man(out.as_deref(), output),
        Command::Wit => Ok(local::wit::wit(output)),
    }
}
