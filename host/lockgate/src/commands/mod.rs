//! One file for each family of commands; each returns the exit code.

mod demo;
mod deploy;
mod doctor;
mod emulate;
mod gate;
mod give_back;
mod load;
mod pin;
mod plan;
mod retire;
mod rollout;
mod schema;
mod status;
mod suffix;

use crate::cli::{Command, TargetArgs};
use crate::config::{self, Overrides, Resolved};
use crate::output::Output;
use crate::signals;

/// Runs a command.
///
/// # Errors
/// Usage and configuration errors, before anything was touched.
pub(crate) async fn execute(command: Command, output: &Output) -> anyhow::Result<u8> {
    let moves_traffic = matches!(
        command,
        Command::Rollout(_)
            | Command::Deploy(_)
            | Command::Pin(_)
            | Command::Resume(_)
            | Command::Abort(_)
            | Command::Recover(_)
    );
    if moves_traffic {
        output.never_wait();
        if let Some(note) = signals::deaf_shell() {
            output.note(&note);
        }
    }
    match command {
        Command::Rollout(args) => rollout::forward(&args, output).await,
        Command::Deploy(args) => deploy::deploy(&args, output).await,
        Command::Pin(args) => pin::pin(&args, output).await,
        Command::Resume(args) => rollout::resume(&args, output).await,
        Command::Abort(args) => give_back::abort(&args, output).await,
        Command::Recover(args) => give_back::recover(&args, output).await,
        Command::Plan(args) => plan::plan(&args, output).await,
        Command::Status(args) => status::status(&args, output).await,
        Command::Doctor(args) => doctor::doctor(&args, output).await,
        Command::Emulate(args) => emulate::emulate(&args, output).await,
        Command::Demo(args) => demo::demo(&args, output).await,
        Command::Gate { command } => gate::gate(&command, output).await,
        Command::Schema => schema::schema(output),
    }
}

fn resolved(target: &TargetArgs, overrides: Overrides) -> anyhow::Result<Resolved> {
    let (file, folder) = config::load(target.config.as_deref())?;
    Ok(config::resolve(file, &folder, overrides)?)
}
