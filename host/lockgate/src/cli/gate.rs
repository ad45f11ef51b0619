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
