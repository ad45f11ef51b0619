//! The command line: commands, flags and their help. Everything that a pipeline varies is a flag and an environment
//! variable.

mod app;
mod gate;
mod local;
#[cfg(test)]
mod tests;

use clap::{Parser, Subcommand};

pub(crate) use self::app::{
    DeployArgs, NewRevisionArgs, RecoverArgs, RolloutArgs, RunArgs, TargetArgs,
};
pub(crate) use self::gate::{
    GateArgs, GateBacktestArgs, GateBenchArgs, GateCheckArgs, GateCommand, GateInspectArgs,
    GateRecordArgs, GateReplayArgs, GateRunArgs, GateTestArgs,
};
pub(crate) use self::local::{DemoArgs, EmulateArgs};
use crate::exit;
use crate::output::Format;

/// Canary rollouts on Azure Container Apps, gated by WebAssembly components.
///
/// lockgate gives a new revision (the canary) 10, 25, 50, then 100 % of the traffic, asks its gates before each step,
/// and gives everything back to the stable revision when one says no.
#[derive(Debug, Parser)]
#[command(
    name = "lockgate",
    version,
    propagate_version = true,
    max_term_width = 100
)]
#[command(after_help = concat_help("Example:\n  lockgate demo --break-at 25"))]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,

    /// How results are written to stdout.
    #[arg(
        long,
        global = true,
        value_enum,
        default_value = "text",
        env = "LOCKGATE_OUTPUT"
    )]
    pub(crate) output: Format,

    /// Show what gates log, their measurements and every read of the platform.
    #[arg(long, short, global = true)]
    pub(crate) verbose: bool,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Roll the canary out, stage by stage, or roll it back.
    #[command(after_help = concat_help(
        "A run gives the traffic back when the process that started it ends (nohup and setsid do not change that), or \
         when\nnobody reads its output any more. To detach it, let a service manager be its parent, as in `systemd-run \
         lockgate …`.\n\n\
         Example:\n  lockgate rollout --app shop --resource-group prod --subscription $SUB --image registry.example/shop:2"
    ))]
    Rollout(RolloutArgs),
    /// Make a new revision that is ready and has no traffic, and print its name. Pins the traffic first.
    #[command(after_help = concat_help(
        "Example:\n  lockgate deploy --app shop --resource-group prod --subscription $SUB --image registry.example/shop:2"
    ))]
    Deploy(DeployArgs),
    /// Give traffic that follows latestRevision to the revision that it means now, by its name. Idle: writes nothing.
    #[command(
        after_help = "Example:\n  lockgate pin --app shop --resource-group prod --subscription $SUB"
    )]
    Pin(TargetArgs),
    /// Show what a rollout would do: revisions, stages, gates and what they may reach. Writes nothing.
    #[command(
        after_help = "Example:\n  lockgate plan --app shop --resource-group prod --subscription $SUB"
    )]
    Plan(RolloutArgs),
    /// Show the app's traffic, revisions and the lease of a run. Writes nothing.
    #[command(
        after_help = "Example:\n  lockgate status --app shop --resource-group prod --subscription $SUB"
    )]
    Status(TargetArgs),
    /// Give all traffic back to the stable revision of the run that holds the lease, whatever its state. Idle: writes nothing.
    #[command(
        after_help = "Example:\n  lockgate abort --app shop --resource-group prod --subscription $SUB"
    )]
    Abort(TargetArgs),
    /// Give all traffic back if the run that holds the lease is dead. Idle or alive: writes nothing.
    #[command(
        after_help = "Examples:\n  lockgate recover --app shop --resource-group prod --subscription $SUB\n  lockgate \
                      recover --all --expired-for 15m --resource-group prod --subscription $SUB"
    )]
    Recover(RecoverArgs),
    /// Go on with a held run from its weight.
    #[command(
        after_help = "Example:\n  lockgate resume --app shop --resource-group prod --subscription $SUB"
    )]
    Resume(RunArgs),
    /// Look at everything that a rollout needs, and say what to do about it: configuration, endpoint, clock, credential,
    /// permissions, app, revisions, folders. Writes nothing. Exits 12 when something is wrong.
    #[command(
        after_help = "Example:\n  lockgate doctor --app shop --resource-group prod --subscription $SUB"
    )]
    Doctor(RunArgs),
    /// Serve an emulator of Azure Container Apps on this machine until interrupted.
    #[command(after_help = "Example:\n  lockgate emulate --port 8700 --scenario shop.json")]
    Emulate(EmulateArgs),
    /// Run a real rollout against the emulator on this machine, with the traffic split measured.
    #[command(after_help = "Examples:\n  lockgate demo\n  lockgate demo --break-at 25")]
    Demo(DemoArgs),
    /// Run, record, replay, test, backtest, measure, check or inspect a gate.
    #[command(
        after_help = "Example:\n  lockgate gate run http-health --canary http://127.0.0.1:8080"
    )]
    Gate {
        /// Which.
        #[command(subcommand)]
        command: GateCommand,
    },
    /// Print the JSON Schema of lockgate.toml.
    #[command(after_help = "Example:\n  lockgate schema > lockgate.schema.json")]
    Schema,
}

fn concat_help(example: &str) -> String {
    format!("{}\n\n{example}", exit::table())
}
