//! The command line: commands, flags and their help. Everything that a pipeline varies is a flag and an environment
//! variable. Reads no file and runs no command; `commands` does. Read `parse` next.

mod app;
#[cfg(test)]
pub(crate) mod examples;
mod exit_codes;
mod exit_zero;
mod gate;
mod headings;
mod local;
pub(crate) mod parse;
mod pipeline;
mod reports;
mod runs;
mod shape;
mod status;
#[cfg(test)]
mod tests;
mod texts;
mod tips;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

pub(crate) use self::app::{
    AbortArgs, DeployArgs, NewRevisionArgs, RecoverArgs, RolloutArgs, RunArgs, TargetArgs, UndoArgs,
};
pub(crate) use self::exit_zero::exit_zero;
pub(crate) use self::gate::{
    GateArgs, GateBacktestArgs, GateBenchArgs, GateCallArgs, GateCheckArgs, GateCommand,
    GateCompileArgs, GateInspectArgs, GateNewArgs, GatePullArgs, GatePushArgs, GateRecordArgs,
    GateReplayArgs, GateRunArgs, GateTestArgs, NewKind, StagePosition,
};
pub(crate) use self::local::{DemoArgs, EmulateArgs, SchemaOf};
pub(crate) use self::reports::ReportsArgs;
pub(crate) use self::runs::{
    ExplainArgs, ReportArgs, RunsArgs, RunsBundleArgs, RunsCommand, RunsListArgs, RunsPruneArgs,
    VerifyArgs,
};
pub(crate) use self::status::{CodeLanguage, StatusArgs};
use crate::output::{Format, ProgressStyle};
use crate::report::pipelines::Pipeline;

/// Canary rollouts on Azure Container Apps, gated by WebAssembly components.
///
/// lockgate gives a new revision (the canary) 10, 25, 50, then 100 % of the traffic, asks its gates before each step,
/// and rolls back to the stable revision when one says no.
#[derive(Debug, Parser)]
#[command(
    name = "lockgate",
    version,
    propagate_version = true,
    max_term_width = 100
)]
#[command(after_help = "Examples:\n  lockgate demo --break-at 25\n  lockgate help topics")]
pub(crate) struct Cli {
    /// The command.
    #[command(subcommand)]
    pub(crate) command: Command,

    /// The format of the results on stdout.
    #[arg(
        long,
        global = true,
        value_enum,
        default_value = "text",
        env = "LOCKGATE_OUTPUT"
    )]
    pub(crate) output: Format,

    /// What a terminal shows of a run that goes on: a live view below the lines, or lines alone.
    #[arg(
        long,
        global = true,
        value_enum,
        default_value = "auto",
        value_name = "HOW",
        hide_short_help = true,
        env = "LOCKGATE_PROGRESS"
    )]
    pub(crate) progress: ProgressStyle,

    /// Also show the log lines and measurements of gates, and every read of the platform.
    #[arg(long, short, global = true)]
    pub(crate) verbose: bool,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Roll the canary out, stage by stage, or roll it back.
    #[command(
        after_help = "A run rolls back when the process that started it ends (nohup and setsid do not change that), or when the \
         reader of its output goes away. To detach a run, let a service manager be its parent, as in `systemd-run \
         lockgate …`.\n\n\
         Example:\n  lockgate rollout --app shop --resource-group prod --subscription $SUB \\\n    --image registry.example/shop:2"
    )]
    Rollout(RolloutArgs),
    /// Make a new revision, wait until it is ready, and print its name, alone on stdout. It gets no traffic: what follows
    /// latestRevision is pinned first.
    #[command(
        after_help = "Example:\n  lockgate deploy --app shop --resource-group prod --subscription $SUB \\\n    --image registry.example/shop:2 \\\n    \
         --set-env LOG_LEVEL=debug --set-env DB_URL=secretref:db-url"
    )]
    Deploy(DeployArgs),
    /// Replace latestRevision in the traffic by the revision that it stands for now. Two entries of one revision are joined.
    /// What each revision gets stays as it is. Writes nothing where there is neither.
    #[command(
        after_help = "Example:\n  lockgate pin --app shop --resource-group prod --subscription $SUB"
    )]
    Pin(TargetArgs),
    /// Check what can be checked without a network. That is the configuration, the gates and their settings, deadlines and
    /// folders. Reads nothing of the app.
    #[command(
        after_help = "Example:\n  lockgate validate --app shop --resource-group prod --subscription $SUB"
    )]
    Validate(RolloutArgs),
    /// Show what a rollout would do: revisions, stages, gates and what they may reach. Writes nothing.
    #[command(
        after_help = "Example:\n  lockgate plan --app shop --resource-group prod --subscription $SUB"
    )]
    Plan(RolloutArgs),
    /// Show the app's traffic, revisions and the lease of a run. Writes nothing.
    #[command(
        after_help = "Examples:\n  lockgate status --app shop --resource-group prod --subscription $SUB\n  lockgate status \
                      --watch --app shop --resource-group prod --subscription $SUB\n  lockgate status --app shop --resource-group prod --subscription $SUB \\\n    --as terraform"
    )]
    Status(StatusArgs),
    /// Restore the traffic from before the run that holds the lease, whether that run is alive, held or dead. Writes nothing
    /// where no run holds a lease.
    #[command(
        after_help = "Example:\n  lockgate abort --app shop --resource-group prod --subscription $SUB"
    )]
    Abort(AbortArgs),
    /// Restore the traffic from before a run that is dead, because its lease has expired. Writes nothing where no run holds a
    /// lease, or the run is held or may be alive.
    #[command(
        after_help = "Examples:\n  lockgate recover --app shop --resource-group prod --subscription $SUB\n  lockgate \
                      recover --all --expired-for 15m --resource-group prod \\\n    --subscription $SUB"
    )]
    Recover(RecoverArgs),
    /// Continue a held run from its weight.
    #[command(
        after_help = "Example:\n  lockgate resume --app shop --resource-group prod --subscription $SUB"
    )]
    Resume(RunArgs),
    /// Take the last promotion back. All traffic goes to the revision that was replaced, once that is active, ready and
    /// healthy. Writes nothing where somebody has changed the traffic since.
    #[command(
        after_help = "Example:\n  lockgate undo --app shop --resource-group prod --subscription $SUB"
    )]
    Undo(UndoArgs),
    /// Remove the notes that lockgate keeps on an app at rest. They are about the last promotion, the failed revisions and
    /// the last end, and are listed first.
    #[command(
        after_help = "Example:\n  lockgate forget --app shop --resource-group prod --subscription $SUB"
    )]
    Forget(TargetArgs),
    /// Check everything that a rollout needs, and say how to repair it. That is configuration, gates, deadlines, folders,
    /// credential, endpoint, clock, permissions, app and revisions. Writes nothing. Exits as a rollout would that is
    /// refused.
    #[command(
        after_help = "Example:\n  lockgate doctor --app shop --resource-group prod --subscription $SUB"
    )]
    Doctor(RolloutArgs),
    /// Serve an emulator of Azure Container Apps on this machine until interrupted.
    #[command(after_help = "Example:\n  lockgate emulate --port 8700 --scenario shop.json")]
    Emulate(EmulateArgs),
    /// Run a real rollout against the emulator on this machine. The traffic that each revision gets is measured.
    #[command(
        after_help = "Examples:\n  lockgate demo\n  lockgate demo --break-at 25\n  lockgate demo --leak 5"
    )]
    Demo(DemoArgs),
    /// Begin, ask, test, compare, inspect or share one gate.
    #[command(
        after_help = "Example:\n  lockgate gate run http-health --canary http://127.0.0.1:8080"
    )]
    Gate {
        /// The command about a gate.
        #[command(subcommand)]
        command: GateCommand,
    },
    /// List the past runs of this machine, remove old ones, or bundle one. The newest is listed first.
    #[command(
        after_help = "Examples:\n  lockgate runs\n  lockgate runs --app shop --outcome rolled-back --since 7d"
    )]
    Runs(RunsArgs),
    /// Say in sentences why a run ended as it did. That is what was decided, by which gate, on which evidence, what production
    /// serves, and what to do.
    #[command(after_help = "Example:\n  lockgate explain latest")]
    Explain(ExplainArgs),
    /// Write a report of a past run. It is a page that needs no network, JSON, JUnit (a suite for each stage, a case for each
    /// gate), or Markdown.
    #[command(
        after_help = "Examples:\n  lockgate report latest\n  lockgate report latest --out run.html --out run.xml"
    )]
    Report(ReportArgs),
    /// Check that the files of a run prove what it says of itself. The journal is the one that was written, its facts lead to
    /// the end that it states, and every recorded call of a gate gives the same verdict again. Opens no socket. Shows the
    /// first difference.
    #[command(
        after_help = "Examples:\n  lockgate verify latest\n  lockgate verify 20261127t211645-dd1e6f --attestation bundle.jsonl"
    )]
    Verify(VerifyArgs),
    /// Print the JSON Schema of lockgate.toml, of test cases of gates, or of events.
    #[command(
        after_help = "Examples:\n  lockgate schema > lockgate.schema.json\n  lockgate schema case > case.schema.json\n  \
                      lockgate schema events > event.schema.json"
    )]
    Schema {
        /// The file whose schema is printed.
        #[arg(value_enum, default_value_t = SchemaOf::Configuration)]
        of: SchemaOf,
    },
    /// Print what completes lockgate's commands, options and values in a shell. Put it where that shell looks for it: the
    /// folders below are those of one user. In zsh, name the folder in `fpath` before `compinit` in ~/.zshrc.
    #[command(
        after_help = "Examples:\n  lockgate completions bash > \\\n    ~/.local/share/bash-completion/completions/lockgate\n  \
                      lockgate completions zsh > ~/.zfunc/_lockgate\n  lockgate completions fish > \
                      ~/.config/fish/completions/lockgate.fish\n  lockgate completions powershell >> $PROFILE"
    )]
    Completions {
        /// The shell.
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
    /// Print the manual page of lockgate, or write the pages of all commands into a folder.
    #[command(
        after_help = "Examples:\n  lockgate man | man -l -\n  lockgate man --out ~/.local/share/man/man1"
    )]
    Man {
        /// The folder for one page of each command; it is made where it is not there, and a page of before is replaced.
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
    },
    /// Print the contract of gates. It is the WIT package that a gate is built against, with its manual as comments.
    #[command(after_help = "Example:\n  lockgate wit > wit/plugin.wit")]
    Wit,
}

impl Command {
    /// Returns the target of a command that needs nothing else of the configuration.
    pub(crate) fn target_alone(&self) -> Option<&TargetArgs> {
        match self {
            Command::Pin(args) | Command::Forget(args) => Some(args),
            Command::Status(args) => Some(&args.target),
            Command::Abort(args) => Some(&args.target),
            Command::Recover(args) => Some(&args.target),
            _ => None,
        }
    }

    /// Returns what the command does for the pipeline that it runs in; `None` where it does nothing.
    pub(crate) fn pipeline(&self) -> Option<Pipeline> {
        match self {
            Command::Rollout(args) => args.run.pipeline.pipeline(&args.run.reports.report),
            Command::Resume(args) => args.pipeline.pipeline(&args.reports.report),
            Command::Abort(args) => args.pipeline.pipeline(&args.reports.report),
            Command::Recover(args) => args.pipeline.pipeline(&args.reports.report),
            Command::Undo(args) => args.pipeline.pipeline(&args.reports.report),
            Command::Demo(args) => args.pipeline.pipeline(&[]),
            _ => None,
        }
    }
}
