//! Configuration: the file, the flags and environment variables laid over it, and the checked result.
//!
//! Finds everything that is wrong with a configuration without loading a gate and without asking the platform. Read
//! `file` first (every key), then `target` (what each command about an app needs) and `rollout_config` (what a rollout
//! needs beyond that).

mod built_in;
mod duration_text;
mod error;
mod file;
mod gates;
mod origin;
mod overlay;
mod read;
mod rollout_config;
mod schema;
mod target;

pub(crate) mod defaults;

pub(crate) use built_in::BUILT_IN;
pub(crate) use duration_text::DurationText;
pub(crate) use file::{
    AppSection, AzureSection, DeploySection, File, GateKind, LimitsSection, RevisionScheme,
    RolloutSection, StageEntry,
};
pub(crate) use gates::{GateConfig, HeaderRule, PluginSource, limits};
pub(crate) use origin::origin;
pub(crate) use read::{DEFAULT_NAME, UncheckedConfig, parse, read};
pub(crate) use rollout_config::{RolloutConfig, for_rollout};
pub(crate) use schema::schema;
pub(crate) use target::{ResourceGroup, Target, resource_group, target};
