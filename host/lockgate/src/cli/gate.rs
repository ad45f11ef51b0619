//! The commands about one gate.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::config::GateKind;

/// Commands about one gate.
#[derive(Debug, Subcommand)]
pub(crate) enum GateCommand {
    /// Ask one gate about a URL, without a rollout. Exits 0 on a pass, 10 on fail or hold, 12 when it cannot answer.
    #[command(
        after_help = "Example:\n  lockgate gate run http-health --canary http://127.0.0.1:8080 \\\n    \
                            --settings '{\"path\": \"/ready\"}'"
    )]
    Run(GateRunArgs),
    /// Ask one gate about a URL, and keep the HTTP that it saw as a HAR file. Exits as `gate run` does.
    #[command(
        after_help = "Example:\n  lockgate gate record http-health --canary http://127.0.0.1:8080 --out good.har"
    )]
    Record(GateRecordArgs),
    /// Ask one gate again, answered from a HAR file: its own recording, or one of a browser, Playwright or mitmproxy.
    /// Opens no socket, and time is virtual. Exits as `gate run` does; 12 also when something was never recorded.
    #[command(after_help = "Example:\n  lockgate gate replay ./my-gate.wasm good.har")]
    Replay(GateReplayArgs),
    /// Run every test case (*.case.toml) at or below a path, without a network and in virtual time. Exits 0 when all are as
    /// expected, 1 when one is not, 2 when one cannot be run.
    #[command(
        after_help = "Examples:\n  lockgate gate test examples/gates\n  lockgate gate test --bless my-gate/slow.case.toml"
    )]
    Test(GateTestArgs),
    /// Put a changed gate to every recorded question of past runs, and show which verdicts flip. Exits 0 when none does, 1
    /// when one does or could not be answered.
    #[command(
        after_help = "Example:\n  lockgate gate backtest ./my-gate.wasm --runs .lockgate/runs"
    )]
    Backtest(GateBacktestArgs),
    /// Measure what a gate costs over test cases: steps (which are repeatable), time, memory, size, requests.
    #[command(
        after_help = "Examples:\n  lockgate gate bench ./my-gate.wasm --cases my-gate\n  lockgate gate bench ./old.wasm \
                      ./new.wasm --cases my-gate"
    )]
    Bench(GateBenchArgs),
    /// Check what every gate must do: describe itself, refuse bad settings, bear every kind of answer, say the same twice,
    /// ask nobody else. Exits 0 when all is well, 1 when something is not.
    #[command(after_help = "Example:\n  lockgate gate check ./my-gate.wasm")]
    Check(GateCheckArgs),
    /// Show what a component is: kinds, contract, imports, limits, wanted origins, settings.
    #[command(after_help = "Example:\n  lockgate gate inspect ./my-gate.wasm")]
    Inspect(GateInspectArgs),
}

/// Which of its questions a gate is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum KindArg {
    /// Is the canary fit to serve?
    HealthCheck,
    /// May it take the next weight?
    PromotionGate,
}

impl From<KindArg> for GateKind {
    fn from(kind: KindArg) -> GateKind {
        match kind {
            KindArg::HealthCheck => GateKind::HealthCheck,
            KindArg::PromotionGate => GateKind::PromotionGate,
        }
    }
}

/// Which gate, and what it is asked.
#[derive(Debug, Args)]
pub(crate) struct GateArgs {
    /// A built-in plugin (http-health) or the path of a component.
    pub(crate) plugin: String,
    /// The gate's settings as JSON, or @FILE [default: {}, in a replay the recorded ones].
    #[arg(long, value_name = "JSON")]
    pub(crate) settings: Option<String>,
    /// Which question, for a component that answers both.
    #[arg(long, value_enum)]
    pub(crate) kind: Option<KindArg>,
    /// Where compiled gates are kept [default: lockgate in the user's cache directory].
    #[arg(long, env = "LOCKGATE_CACHE_DIR", value_name = "DIR")]
    pub(crate) cache_dir: Option<PathBuf>,
}

/// What one call of one gate needs to know.
#[derive(Debug, Args)]
pub(crate) struct GateRunArgs {
    /// Which gate.
    #[command(flatten)]
    pub(crate) gate: GateArgs,
    /// The URL that stands for the canary.
    #[arg(long, value_name = "URL")]
    pub(crate) canary: String,
    /// The URL that stands for the stable revision [default: the canary's].
    #[arg(long, value_name = "URL")]
    pub(crate) stable: Option<String>,
    /// A further origin it may reach; may be repeated.
    #[arg(long, value_name = "ORIGIN")]
    pub(crate) allow: Vec<String>,
    /// A header field for one origin, whose value names an environment variable: "https://api.example.com
    /// authorization=Bearer env:TOKEN". Nobody but that origin sees it; may be repeated.
    #[arg(long, value_name = "ORIGIN NAME=VALUE")]
    pub(crate) header: Vec<String>,
    /// A regular expression of what is masked in answers; may be repeated.
    #[arg(long, value_name = "PATTERN")]
    pub(crate) redact: Vec<String>,
}

/// What one recorded call needs to know.
#[derive(Debug, Args)]
pub(crate) struct GateRecordArgs {
    /// The call.
    #[command(flatten)]
    pub(crate) run: GateRunArgs,
    /// Where the recording goes; a file that is there is replaced.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
}

/// What one replayed call needs to know.
#[derive(Debug, Args)]
pub(crate) struct GateReplayArgs {
    /// Which gate.
    #[command(flatten)]
    pub(crate) gate: GateArgs,
    /// The recording.
    #[arg(value_name = "HAR")]
    pub(crate) recording: PathBuf,
    /// The origin that stands for the canary in a recording of another tool [default: that of its first entry].
    #[arg(long, value_name = "URL")]
    pub(crate) canary: Option<String>,
    /// The origin that stands for the stable revision there [default: the canary's].
    #[arg(long, value_name = "URL")]
    pub(crate) stable: Option<String>,
    /// Requests must come in exactly the recorded order, and none may be left.
    #[arg(long)]
    pub(crate) strict: bool,
}

/// Which cases are run.
#[derive(Debug, Args)]
pub(crate) struct GateTestArgs {
    /// A case, or a folder with cases anywhere below it.
    #[arg(default_value = ".")]
    pub(crate) path: PathBuf,
    /// Write what happened into the cases, as what is expected from now on.
    #[arg(long)]
    pub(crate) bless: bool,
    /// Write the results as JUnit XML too.
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,
    /// Where compiled gates are kept [default: lockgate in the user's cache directory].
    #[arg(long, env = "LOCKGATE_CACHE_DIR", value_name = "DIR")]
    pub(crate) cache_dir: Option<PathBuf>,
}

/// What is put to a gate again.
#[derive(Debug, Args)]
pub(crate) struct GateBacktestArgs {
    /// Which gate.
    #[command(flatten)]
    pub(crate) gate: GateArgs,
    /// The folder `runs` of a state directory.
    #[arg(long, value_name = "DIR", default_value = ".lockgate/runs")]
    pub(crate) runs: PathBuf,
    /// The gate's name in the configuration of those runs [default: whatever component calls itself alike].
    #[arg(long)]
    pub(crate) name: Option<String>,
}

/// What is measured.
#[derive(Debug, Args)]
pub(crate) struct GateBenchArgs {
    /// A built-in plugin (http-health) or the path of a component.
    pub(crate) plugin: String,
    /// Another one, to be compared with it.
    pub(crate) against: Option<String>,
    /// The cases, whatever gate they name: one, or a folder.
    #[arg(long, value_name = "PATH", default_value = ".")]
    pub(crate) cases: PathBuf,
    /// How often each case is timed.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) rounds: u32,
    /// Where compiled gates are kept [default: lockgate in the user's cache directory].
    #[arg(long, env = "LOCKGATE_CACHE_DIR", value_name = "DIR")]
    pub(crate) cache_dir: Option<PathBuf>,
}

/// What is checked.
#[derive(Debug, Args)]
pub(crate) struct GateCheckArgs {
    /// Which gate; the settings are good ones.
    #[command(flatten)]
    pub(crate) gate: GateArgs,
}

/// What is inspected.
#[derive(Debug, Args)]
pub(crate) struct GateInspectArgs {
    /// A built-in plugin (http-health) or the path of a component.
    pub(crate) plugin: String,
    /// An origin that it may reach, to see which of its wishes that grants; may be repeated.
    #[arg(long, value_name = "ORIGIN")]
    pub(crate) allow: Vec<String>,
    /// Where compiled gates are kept [default: lockgate in the user's cache directory].
    #[arg(long, env = "LOCKGATE_CACHE_DIR", value_name = "DIR")]
    pub(crate) cache_dir: Option<PathBuf>,
}
