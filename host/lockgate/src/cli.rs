//! The command line: commands, flags and their help. Everything that a pipeline varies is a flag and an environment
//! variable.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::config::{GateKind, Overrides, Span};
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
    Deploy(RolloutArgs),
    /// Give traffic that follows latestRevision to the revision that it means now, by its name. Idle: writes nothing.
    #[command(
        after_help = "Example:\n  lockgate pin --app shop --resource-group prod --subscription $SUB"
    )]
    Pin(RunArgs),
    /// Show what a rollout would do: revisions, stages, gates and what they may reach. Writes nothing.
    #[command(
        after_help = "Example:\n  lockgate plan --app shop --resource-group prod --subscription $SUB"
    )]
    Plan(RolloutArgs),
    /// Show the app's traffic, revisions and the record of a run. Writes nothing.
    #[command(
        after_help = "Example:\n  lockgate status --app shop --resource-group prod --subscription $SUB"
    )]
    Status(RunArgs),
    /// Give all traffic back to the stable revision of the run on record, whatever its state. Idle: writes nothing.
    #[command(
        after_help = "Example:\n  lockgate abort --app shop --resource-group prod --subscription $SUB"
    )]
    Abort(RunArgs),
    /// Give all traffic back if the run on record is dead. Idle or alive: writes nothing.
    #[command(
        after_help = "Examples:\n  lockgate recover --app shop --resource-group prod --subscription $SUB\n  lockgate \
                      recover --all --stale-after 15m --resource-group prod --subscription $SUB"
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
    /// Run or inspect one gate.
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

/// Commands about one gate.
#[derive(Debug, Subcommand)]
pub(crate) enum GateCommand {
    /// Ask one gate about a URL, without a rollout. Exits 0 on a pass, 10 on fail or hold, 12 when it cannot answer.
    #[command(
        after_help = "Example:\n  lockgate gate run http-health --canary http://127.0.0.1:8080 \\\n    \
                            --settings '{\"path\": \"/ready\"}'"
    )]
    Run(GateRunArgs),
    /// Show what a component is: kinds, contract, imports, limits, wanted origins, settings.
    #[command(after_help = "Example:\n  lockgate gate inspect ./my-gate.wasm")]
    Inspect(GateInspectArgs),
}

/// What a run needs to know.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct RunArgs {
    /// The configuration file [default: lockgate.toml, if it is there].
    #[arg(long, short, env = "LOCKGATE_CONFIG", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// The container app's name.
    #[arg(long, env = "LOCKGATE_APP")]
    pub(crate) app: Option<String>,
    /// The app's resource group.
    #[arg(long, env = "LOCKGATE_RESOURCE_GROUP", value_name = "NAME")]
    pub(crate) resource_group: Option<String>,
    /// The subscription's id.
    #[arg(long, env = "LOCKGATE_SUBSCRIPTION", value_name = "ID")]
    pub(crate) subscription: Option<String>,
    /// The base URL of Azure Resource Manager, or of an emulator.
    #[arg(long, env = "LOCKGATE_ENDPOINT", value_name = "URL")]
    pub(crate) endpoint: Option<String>,
    /// Where tokens come from [default: the first way that is set up, see `lockgate doctor`].
    #[arg(long, env = "LOCKGATE_CREDENTIAL", value_name = "NAME")]
    pub(crate) credential: Option<String>,
    /// The stable revision [default: the one that carries all traffic].
    #[arg(long, env = "LOCKGATE_STABLE", value_name = "REVISION")]
    pub(crate) stable: Option<String>,
    /// The canary revision [default: the newest active one at weight 0].
    #[arg(long, env = "LOCKGATE_CANARY", value_name = "REVISION")]
    pub(crate) canary: Option<String>,
    /// Find the canary by its image: a reference, a tag or a digest. A whole reference that no active revision runs is
    /// deployed first.
    #[arg(long, env = "LOCKGATE_IMAGE", value_name = "IMAGE")]
    pub(crate) image: Option<String>,
    /// The stages in per cent, rising to 100 [default: 10,25,50,100].
    #[arg(
        long,
        env = "LOCKGATE_STAGES",
        value_name = "LIST",
        value_delimiter = ',',
        allow_negative_numbers = true
    )]
    pub(crate) stages: Option<Vec<i64>>,
    /// How long each stage bakes [default: 5m].
    #[arg(long, env = "LOCKGATE_BAKE", value_name = "DURATION")]
    pub(crate) bake: Option<Span>,
    /// The longest that the run may take.
    #[arg(long, env = "LOCKGATE_DEADLINE", value_name = "DURATION")]
    pub(crate) deadline: Option<Span>,
    /// A rollout: names the run. A recovery: says that the run of this name has ended, whatever its record grants it.
    #[arg(long, env = "LOCKGATE_RUN_ID", value_name = "NAME")]
    pub(crate) run_id: Option<RunId>,
    /// Where journals are kept [default: .lockgate].
    #[arg(long, env = "LOCKGATE_STATE_DIR", value_name = "DIR")]
    pub(crate) state_dir: Option<PathBuf>,
    /// Where compiled gates are kept [default: lockgate in the user's cache directory].
    #[arg(long, env = "LOCKGATE_CACHE_DIR", value_name = "DIR")]
    pub(crate) cache_dir: Option<PathBuf>,
}

impl RunArgs {
    /// Returns what these flags change of the configuration file.
    pub(crate) fn overrides(&self) -> Overrides {
        let args = self.clone();
        Overrides {
            app: args.app,
            resource_group: args.resource_group,
            subscription: args.subscription,
            endpoint: args.endpoint,
            credential: args.credential,
            stable: args.stable,
            canary: args.canary,
            image: args.image,
            stages: args.stages,
            bake: args.bake,
            deadline: args.deadline,
            state_dir: args.state_dir,
            cache_dir: args.cache_dir,
        }
    }
}

/// What a rollout needs to know.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct RolloutArgs {
    /// Which app, which revisions, which stages.
    #[command(flatten)]
    pub(crate) run: RunArgs,
    /// What may have to be deployed.
    #[command(flatten)]
    pub(crate) deploy: DeployArgs,
}

/// How a new revision is made.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct DeployArgs {
    /// The container that gets the image [default: the only one, or the one with the same repository].
    #[arg(long, env = "LOCKGATE_CONTAINER", value_name = "NAME")]
    pub(crate) container: Option<String>,
    /// The end of a new revision's name [default: the commit of the pipeline and its attempt, else the time].
    #[arg(long, env = "LOCKGATE_SUFFIX")]
    pub(crate) suffix: Option<String>,
    /// How long a new revision may take to become ready [default: 10m].
    #[arg(long, env = "LOCKGATE_READY_WITHIN", value_name = "DURATION")]
    pub(crate) ready_within: Option<Span>,
    /// Switch an app in revision mode Single to Multiple before anything else.
    #[arg(long)]
    pub(crate) ensure_multiple: bool,
}

/// What a recovery needs to know.
#[derive(Debug, Args)]
pub(crate) struct RecoverArgs {
    /// Which app.
    #[command(flatten)]
    pub(crate) run: RunArgs,
    /// Every app of the resource group, whatever --app says; runs that are held or may be alive are left alone.
    #[arg(long)]
    pub(crate) all: bool,
    /// How long a run must have been silent beyond the time that its record grants it.
    #[arg(long, value_name = "DURATION", default_value = "0s")]
    pub(crate) stale_after: Span,
}

/// The name of a run, as a tag and a folder can hold it.
#[derive(Debug, Clone)]
pub(crate) struct RunId(pub(crate) String);

impl std::str::FromStr for RunId {
    type Err = String;

    fn from_str(text: &str) -> Result<RunId, String> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        match (1..=64).contains(&text.len()) && text.chars().all(allowed) {
            true => Ok(RunId(text.to_owned())),
            false => Err(format!(
                "{text:?} is not 1 to 64 letters, digits, dashes, dots and underscores"
            )),
        }
    }
}

/// What the emulator needs to know.
#[derive(Debug, Args)]
pub(crate) struct EmulateArgs {
    /// The port of the ARM endpoint; 0 takes any free one.
    #[arg(long, default_value_t = 8700)]
    pub(crate) port: u16,
    /// A JSON file that describes apps, revisions, behaviour and faults [default: app shop, two revisions].
    #[arg(long, value_name = "FILE")]
    pub(crate) scenario: Option<PathBuf>,
    /// Serve the same endpoint over TLS at this port too; 0 takes any free one.
    #[arg(long, value_name = "PORT")]
    pub(crate) tls_port: Option<u16>,
    /// Where to write the certificate that clients must trust, in PEM; another one at each start.
    #[arg(long, value_name = "FILE", requires = "tls_port")]
    pub(crate) tls_ca: Option<PathBuf>,
}

/// What the demo can vary.
#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Let the canary fail once it has this weight in per cent.
    #[arg(long, value_name = "WEIGHT", value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) break_at: Option<u32>,
    /// How long each stage bakes.
    #[arg(long, value_name = "DURATION", default_value = "3s")]
    pub(crate) bake: Span,
    /// Requests per second of the load.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=2000))]
    pub(crate) load: u32,
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

/// What one call of one gate needs to know.
#[derive(Debug, Args)]
pub(crate) struct GateRunArgs {
    /// A built-in plugin (http-health) or the path of a component.
    pub(crate) plugin: String,
    /// The URL that stands for the canary.
    #[arg(long, value_name = "URL")]
    pub(crate) canary: String,
    /// The URL that stands for the stable revision [default: the canary's].
    #[arg(long, value_name = "URL")]
    pub(crate) stable: Option<String>,
    /// The gate's settings as JSON, or @FILE.
    #[arg(long, value_name = "JSON", default_value = "{}")]
    pub(crate) settings: String,
    /// Which question, for a component that answers both.
    #[arg(long, value_enum)]
    pub(crate) kind: Option<KindArg>,
    /// A further origin it may reach; may be repeated.
    #[arg(long, value_name = "ORIGIN")]
    pub(crate) allow: Vec<String>,
    /// Where compiled gates are kept [default: lockgate in the user's cache directory].
    #[arg(long, env = "LOCKGATE_CACHE_DIR", value_name = "DIR")]
    pub(crate) cache_dir: Option<PathBuf>,
}

/// What is inspected.
#[derive(Debug, Args)]
pub(crate) struct GateInspectArgs {
    /// A built-in plugin (http-health) or the path of a component.
    pub(crate) plugin: String,
    /// Where compiled gates are kept [default: lockgate in the user's cache directory].
    #[arg(long, env = "LOCKGATE_CACHE_DIR", value_name = "DIR")]
    pub(crate) cache_dir: Option<PathBuf>,
}

fn concat_help(example: &str) -> String {
    format!("{}\n\n{example}", exit::TABLE)
}
