//! The flags of the commands about one gate. None of them has a key in the file.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Subcommand, ValueEnum};

use crate::config::{FactArg, GateKind, defaults};
use crate::templates::{GateName, Language};

/// Commands about one gate.
#[derive(Debug, Subcommand)]
pub(crate) enum GateCommand {
    /// Write the folder of a new gate: source, kit, settings, cases, README and a pipeline, ready to build. Uses no network.
    #[command(
        after_help = "Examples:\n  lockgate gate new checkout-works --lang js\n  lockgate gate new office-hours --lang python \
                      --kind promotion-gate \\\n    --dir gates/office-hours\n  lockgate gate new --list"
    )]
    New(GateNewArgs),
    /// Ask one gate about a URL, without a rollout.
    #[command(
        after_help = "Example:\n  lockgate gate run http-health --canary http://127.0.0.1:8080 \\\n    \
                            --settings '{\"path\": \"/ready\"}'"
    )]
    Run(GateRunArgs),
    /// Ask one gate about a URL, and write its HTTP exchanges to a HAR file.
    #[command(
        after_help = "Example:\n  lockgate gate record http-health --canary http://127.0.0.1:8080 \\\n    --out good.har"
    )]
    Record(GateRecordArgs),
    /// Replay one call of a gate from a HAR file: its own recording, or one of a browser, Playwright or mitmproxy. Opens no
    /// socket, and time is virtual. A gate that sends a request that was not recorded cannot answer.
    #[command(after_help = "Example:\n  lockgate gate replay ./my-gate.wasm good.har")]
    Replay(GateReplayArgs),
    /// Run every test case (*.case.toml) at or below a path, without a network and in virtual time. A case
    /// that cannot be run is a mistake of usage (2).
    #[command(
        after_help = "Examples:\n  lockgate gate test examples/gates\n  lockgate gate test --bless my-gate/slow.case.toml"
    )]
    Test(GateTestArgs),
    /// Replay every recorded call of past runs with a changed gate, and show which verdicts flip. A call that cannot
    /// be replayed is not as expected either.
    #[command(
        after_help = "Example:\n  lockgate gate backtest ./my-gate.wasm --runs .lockgate/runs"
    )]
    Backtest(GateBacktestArgs),
    /// Measure the cost of a gate over test cases: steps (the same in every round), time, memory, size, requests.
    #[command(
        after_help = "Examples:\n  lockgate gate bench ./my-gate.wasm --cases my-gate\n  lockgate gate bench ./old.wasm \
                      ./new.wasm --cases my-gate"
    )]
    Bench(GateBenchArgs),
    /// Check what every gate must do: describe itself, give a verdict where one is due, answer whatever a service responds,
    /// answer the same twice, and reach no undeclared origin.
    #[command(after_help = "Example:\n  lockgate gate check ./my-gate.wasm")]
    Check(GateCheckArgs),
    /// Describe a component: kinds, contract, imports, limits, wanted origins, settings.
    #[command(after_help = "Example:\n  lockgate gate inspect ./my-gate.wasm")]
    Inspect(GateInspectArgs),
    /// Compile components before they are needed, such as for the image of a pipeline, and print where they are kept. They
    /// are used by the same user, with the same lockgate, on a processor of the same kind.
    #[command(
        after_help = "Example:\n  lockgate gate compile ./my-gate.wasm http-health --cache-dir cache"
    )]
    Compile(GateCompileArgs),
    /// Fetch the gates of a configuration from their registries by their tags, show what each wants that the one before did
    /// not, and write the digests into the configuration. A place in a registry instead of a gate's name is only fetched.
    #[command(
        after_help = "Examples:\n  lockgate gate pull\n  lockgate gate pull smoke --tag 1.3\n  lockgate gate pull \
                      oci://registry.example/team/smoke:1.3"
    )]
    Pull(GatePullArgs),
    /// Write a component to a registry, with what it says of itself, and print its digest.
    #[command(
        after_help = "Example:\n  lockgate gate push ./my-gate.wasm oci://registry.example/team/my-gate:1.2"
    )]
    Push(GatePushArgs),
}

/// The gate, and the question that it is asked.
#[derive(Debug, Args)]
pub(crate) struct GateArgs {
    /// A built-in plugin (http-health, compare), the path of a component, or oci:// and its place in a registry.
    pub(crate) plugin: String,
    /// The gate's settings as JSON, or @FILE [default: those of the recording, else {}].
    #[arg(long, value_name = "JSON")]
    pub(crate) settings: Option<String>,
    /// The kind of question, for a component that answers both.
    #[arg(long, value_enum)]
    pub(crate) kind: Option<GateKind>,
    /// Where gates are kept, those from registries and compiled ones [default: lockgate in the user's cache directory].
    #[arg(long, env = "LOCKGATE_CACHE_DIR", value_name = "DIR")]
    pub(crate) cache_dir: Option<PathBuf>,
}

/// The kind of a new gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum NewKind {
    /// Is the canary fit to serve?
    HealthCheck,
    /// May the canary take the next weight?
    PromotionGate,
    /// One component that answers both.
    Both,
}

/// The flags of `gate new`.
#[derive(Debug, Args)]
pub(crate) struct GateNewArgs {
    /// The gate's name: lower-case letters, digits and hyphens.
    #[arg(required_unless_present = "list")]
    pub(crate) name: Option<GateName>,
    /// The language.
    #[arg(long, value_enum, required_unless_present = "list")]
    pub(crate) lang: Option<Language>,
    /// The kind of question that the gate answers.
    #[arg(long, value_enum, default_value = "health-check")]
    pub(crate) kind: NewKind,
    /// The folder; it must be empty, or not be there [default: the name].
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
    /// List the languages, what each needs and how it is built; write nothing.
    #[arg(long, conflicts_with_all = ["name", "lang", "dir"])]
    pub(crate) list: bool,
}

/// One call of a gate over the network.
#[derive(Debug, Args)]
pub(crate) struct GateCallArgs {
    /// The gate.
    #[command(flatten)]
    pub(crate) gate: GateArgs,
    /// The URL that stands for the canary.
    #[arg(long, value_name = "URL")]
    pub(crate) canary: String,
    /// The URL that stands for the stable revision [default: the canary's].
    #[arg(long, value_name = "URL")]
    pub(crate) stable: Option<String>,
    /// A further origin that the gate may reach; may be repeated.
    #[arg(long, value_name = "ORIGIN")]
    pub(crate) allow: Vec<String>,
    /// A header field for one origin; may be repeated. Its value names an environment variable,
    /// `https://api.example.com authorization=Bearer env:TOKEN`, or a token that lockgate mints for a service of Azure's,
    /// `https://api.loganalytics.io authorization=azure:https://api.loganalytics.io`. It is sent to no other origin.
    #[arg(long, value_name = "ORIGIN NAME=VALUE")]
    pub(crate) header: Vec<String>,
    /// Where the tokens of `--header` come from [default: the first source that is set up].
    #[arg(long, env = "LOCKGATE_CREDENTIAL", value_name = "NAME")]
    pub(crate) credential: Option<String>,
    /// The base URL of Azure Resource Manager, or of an emulator on this machine, beside which origins of this machine get
    /// tokens too.
    #[arg(long, env = "LOCKGATE_ENDPOINT", value_name = "URL")]
    pub(crate) endpoint: Option<String>,
    /// A fact that the gate gets about the rollout, such as `version=1.4.0` or `commit=env:GITHUB_SHA`; may be repeated.
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) fact: Vec<FactArg>,
    /// The canary's weight in per cent [default: 0].
    #[arg(long, value_name = "WEIGHT", value_parser = clap::value_parser!(u32).range(0..=100))]
    pub(crate) weight: Option<u32>,
    /// The stage that a pass would begin, and the number of stages [default: 1/1]. `1/4` is the first of four, `5/4` is after
    /// the last.
    #[arg(long, value_name = "STAGE/STAGES")]
    pub(crate) stage: Option<StagePosition>,
    /// How often the gate has been asked at this stage, this time included [default: 1].
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) asked: Option<u32>,
    /// A file with the state that the gate returned from its last call. The state of this call replaces it, so that the
    /// same command again is the next call of a rollout. A file that does not exist is an empty state.
    #[arg(long, value_name = "FILE")]
    pub(crate) state: Option<PathBuf>,
    /// A JSON file with the latest reports of health checks, for a promotion gate. Such as:
    /// `[{"gate": "http-health", "verdict": "pass", "reason": "200 twice"}]`.
    #[arg(long, value_name = "FILE")]
    pub(crate) reports: Option<PathBuf>,
    /// A regular expression; what it matches in responses is masked. May be repeated.
    #[arg(long, value_name = "PATTERN")]
    pub(crate) redact: Vec<String>,
}

/// The flags of `gate run`.
#[derive(Debug, Args)]
pub(crate) struct GateRunArgs {
    /// The call.
    #[command(flatten)]
    pub(crate) call: GateCallArgs,
    /// Ask again whenever the component or a file that a flag names has changed, until Ctrl-C. Builds nothing.
    #[arg(long)]
    pub(crate) watch: bool,
}

/// A stage among others, as people count: from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StagePosition {
    /// The stage, from 0; the number of stages after the last one's bake.
    pub(crate) index: u32,
    /// The number of stages.
    pub(crate) total: u32,
}

impl FromStr for StagePosition {
    type Err = String;

    fn from_str(text: &str) -> Result<StagePosition, String> {
        let numbers = text.split_once('/');
        let numbers =
            numbers.and_then(|(stage, total)| Some((stage.parse().ok()?, total.parse().ok()?)));
        match numbers {
            Some((stage, total))
                if (1..=1_000).contains(&total) && (1..=total + 1).contains(&stage) =>
            {
                Ok(StagePosition {
                    index: stage - 1,
                    total,
                })
            }
            _ => Err("write for example 2/4, the second of four stages".to_owned()),
        }
    }
}

/// The flags of `gate record`.
#[derive(Debug, Args)]
pub(crate) struct GateRecordArgs {
    /// The call.
    #[command(flatten)]
    pub(crate) call: GateCallArgs,
    /// The file of the recording; an existing one is replaced.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
}

/// The flags of `gate replay`.
#[derive(Debug, Args)]
pub(crate) struct GateReplayArgs {
    /// The gate.
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
    /// Fail unless the gate sends every recorded request, in the recorded order.
    #[arg(long)]
    pub(crate) strict: bool,
    /// Give the last recorded answer again to a request that comes more often than it was recorded.
    #[arg(long, conflicts_with = "strict")]
    pub(crate) repeat: bool,
}

/// The flags of `gate test`.
#[derive(Debug, Args)]
pub(crate) struct GateTestArgs {
    /// A case, or a folder with cases anywhere below it.
    #[arg(default_value = ".")]
    pub(crate) path: PathBuf,
    /// Put the cases to this gate instead of the one that each names: a built-in plugin, the path of a component, or oci://
    /// and its place in a registry.
    #[arg(long, value_name = "PLUGIN")]
    pub(crate) gate: Option<String>,
    /// Write the results into the cases, as what they expect from now on.
    #[arg(long)]
    pub(crate) bless: bool,
    /// Also write the results to a file as JUnit XML.
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,
    /// Run the cases again whenever one of their files, or the component, has changed, until Ctrl-C. Builds nothing.
    #[arg(long, conflicts_with_all = ["bless", "junit"])]
    pub(crate) watch: bool,
    /// Where gates are kept, those from registries and compiled ones [default: lockgate in the user's cache directory].
    #[arg(long, env = "LOCKGATE_CACHE_DIR", value_name = "DIR")]
    pub(crate) cache_dir: Option<PathBuf>,
}

/// The flags of `gate backtest`.
#[derive(Debug, Args)]
pub(crate) struct GateBacktestArgs {
    /// The gate.
    #[command(flatten)]
    pub(crate) gate: GateArgs,
    /// The folder `runs` of a state directory.
    #[arg(long, value_name = "DIR", default_value = defaults::RUNS_DIR)]
    pub(crate) runs: PathBuf,
    /// Give the last recorded answer again to a request that comes more often than it was recorded, and say how often.
    #[arg(long)]
    pub(crate) repeat: bool,
    /// The gate's name in the configuration of those runs [default: every gate whose component has the same name].
    #[arg(long)]
    pub(crate) name: Option<String>,
}

/// The flags of `gate bench`.
#[derive(Debug, Args)]
pub(crate) struct GateBenchArgs {
    /// A built-in plugin (http-health, compare), the path of a component, or oci:// and its place in a registry.
    pub(crate) plugin: String,
    /// A second component to compare with.
    pub(crate) against: Option<String>,
    /// A case, or a folder with cases; the gates that they name are ignored.
    #[arg(long, value_name = "PATH", default_value = ".")]
    pub(crate) cases: PathBuf,
    /// How many times each case is timed.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) rounds: u32,
    /// Where gates are kept, those from registries and compiled ones [default: lockgate in the user's cache directory].
    #[arg(long, env = "LOCKGATE_CACHE_DIR", value_name = "DIR")]
    pub(crate) cache_dir: Option<PathBuf>,
}

/// The flags of `gate check`.
#[derive(Debug, Args)]
pub(crate) struct GateCheckArgs {
    /// The gate, with settings that it accepts.
    #[command(flatten)]
    pub(crate) gate: GateArgs,
    /// Responses that the gate knows how to judge, for the check that it gives a verdict [default: status 200 with a small
    /// JSON object, to every request].
    #[arg(long, value_name = "HAR")]
    pub(crate) recording: Option<PathBuf>,
}

/// The flags of `gate inspect`.
#[derive(Debug, Args)]
pub(crate) struct GateInspectArgs {
    /// A built-in plugin (http-health, compare), the path of a component, or oci:// and its place in a registry.
    pub(crate) plugin: String,
    /// An origin that the gate may reach, to see which of its wanted origins are granted; may be repeated.
    #[arg(long, value_name = "ORIGIN")]
    pub(crate) allow: Vec<String>,
    /// Where gates are kept, those from registries and compiled ones [default: lockgate in the user's cache directory].
    #[arg(long, env = "LOCKGATE_CACHE_DIR", value_name = "DIR")]
    pub(crate) cache_dir: Option<PathBuf>,
}

/// The flags of `gate compile`.
#[derive(Debug, Args)]
pub(crate) struct GateCompileArgs {
    /// Built-in plugins (http-health, compare), paths of components, or oci:// and their places in registries.
    #[arg(required = true, value_name = "PLUGIN")]
    pub(crate) plugins: Vec<String>,
    /// Where gates are kept, those from registries and compiled ones [default: lockgate in the user's cache directory].
    #[arg(long, env = "LOCKGATE_CACHE_DIR", value_name = "DIR")]
    pub(crate) cache_dir: Option<PathBuf>,
}

/// The flags of `gate pull`.
#[derive(Debug, Args)]
pub(crate) struct GatePullArgs {
    /// Gates by their names in the configuration, or places in registries, such as oci://registry.example/team/gate:1.2
    /// [default: all gates of the configuration that are in a registry].
    #[arg(value_name = "GATE")]
    pub(crate) gates: Vec<String>,
    /// Take this tag in place of the configured one, for one gate of the configuration.
    #[arg(long, value_name = "TAG")]
    pub(crate) tag: Option<String>,
    /// Show what would be written, and write nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// The configuration file [default: lockgate.toml].
    #[arg(long, short, env = "LOCKGATE_CONFIG", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Where gates are kept, those from registries and compiled ones [default: lockgate in the user's cache directory].
    #[arg(long, env = "LOCKGATE_CACHE_DIR", value_name = "DIR")]
    pub(crate) cache_dir: Option<PathBuf>,
}

/// The flags of `gate push`.
#[derive(Debug, Args)]
pub(crate) struct GatePushArgs {
    /// A built-in plugin (http-health, compare), the path of a component, or oci:// and its place in a registry.
    pub(crate) plugin: String,
    /// Where it goes, with a tag: oci://registry.example/team/gate:1.2
    #[arg(value_name = "PLACE")]
    pub(crate) to: String,
    /// Where gates are kept, those from registries and compiled ones [default: lockgate in the user's cache directory].
    #[arg(long, env = "LOCKGATE_CACHE_DIR", value_name = "DIR")]
    pub(crate) cache_dir: Option<PathBuf>,
}
