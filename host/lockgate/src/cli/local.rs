//! The flags of the commands that need only this machine: emulator and demo.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::pipeline::PipelineArgs;
use super::reports::ReportsArgs;
use crate::config::DurationText;

/// The flags of `emulate`.
#[derive(Debug, Args)]
pub(crate) struct EmulateArgs {
    /// The port of the ARM endpoint; 0 takes any free one.
    #[arg(long, default_value_t = 8700)]
    pub(crate) port: u16,
    /// A JSON file that describes apps, revisions, behaviour and faults [default: app shop, two revisions].
    #[arg(long, value_name = "FILE")]
    pub(crate) scenario: Option<PathBuf>,
    /// Also serve the endpoint over TLS at this port; 0 takes any free one.
    #[arg(long, value_name = "PORT")]
    pub(crate) tls_port: Option<u16>,
    /// Where to write the certificate that clients must trust, in PEM. It is a new one at each start.
    #[arg(long, value_name = "FILE", requires = "tls_port")]
    pub(crate) tls_ca: Option<PathBuf>,
}

/// What has a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaOf {
    /// lockgate.toml
    Configuration,
    /// *.case.toml
    Case,
    /// A line of --output json, and of a journal
    Events,
    /// A scenario of the emulator
    Scenario,
}

/// The flags of `demo`.
#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Make the canary fail once it has this weight in per cent.
    #[arg(long, value_name = "WEIGHT", value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) break_at: Option<u32>,
    /// Make the canary fail so many per cent of its users' requests while its health check succeeds: rolled out with
    /// http-health alone, then with compare beside it.
    #[arg(long, value_name = "PERCENT", conflicts_with = "break_at", allow_negative_numbers = true, value_parser = per_cent)]
    pub(crate) leak: Option<u32>,
    /// How long each stage bakes [default: 3s, with --leak 2s].
    #[arg(long, value_name = "DURATION")]
    pub(crate) bake: Option<DurationText>,
    /// How many requests the traffic generator sends per second.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=2000))]
    pub(crate) requests_per_second: u32,
    /// The pipeline around the run.
    #[command(flatten)]
    pub(crate) pipeline: PipelineArgs,
    /// The reports of the run.
    #[command(flatten)]
    pub(crate) reports: ReportsArgs,
}

/// Reads a share of requests.
fn per_cent(text: &str) -> Result<u32, String> {
    let number = text.parse().ok();
    let share = number.filter(|share| (1..=100).contains(share));
    share.ok_or_else(|| "it is no whole number of per cent from 1 to 100".to_owned())
}
