//! The flags of `status`.

use clap::{Args, ValueEnum};

use super::app::TargetArgs;
use crate::config::DurationText;

/// The flags of `status`.
#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    /// The app.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
    /// Show the run that holds the app until it ends, wherever it runs. Ctrl-C ends the view and nothing else.
    #[arg(long)]
    pub(crate) watch: bool,
    /// The time between two looks at the app.
    #[arg(
        long,
        value_name = "DURATION",
        default_value = "4s",
        requires = "watch"
    )]
    pub(crate) interval: DurationText,
    /// Print the traffic alone, as the code of the infrastructure has it, so that a later apply keeps it.
    #[arg(long = "as", value_name = "LANGUAGE", conflicts_with = "watch")]
    pub(crate) language: Option<CodeLanguage>,
}

/// A language for the code of infrastructure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CodeLanguage {
    /// The `traffic_weight` blocks of an `azurerm_container_app`.
    Terraform,
    /// The `traffic` array of a `Microsoft.App/containerApps`.
    Bicep,
}
