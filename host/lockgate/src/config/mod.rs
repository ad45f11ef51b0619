//! Configuration: the file, the flags and environment variables laid over it, and the checked result.
//!
//! Finds everything that is wrong with a configuration without loading a gate and without asking the platform. Read
//! `file` first (every key), then `target` (what each command about an app needs) and `rollout_config` (what a rollout
//! needs beyond that).

mod advisory;
mod built_in;
mod changes;
mod cores;
mod duration_text;
mod env_settings;
mod facts;
mod file;
mod first_slice;
mod flags;
mod gates;
mod header_rule;
mod labels;
mod mode;
mod newcomer;
mod not_json;
mod notify;
mod origin;
mod overlay;
mod profile;
mod read;
mod rollout_config;
mod schema;
mod settings;
mod state_dir;
mod target;
mod understand;
mod webhooks;

pub(crate) mod defaults;

pub(crate) use built_in::BUILT_IN;
pub(crate) use cores::Cores;
pub(crate) use duration_text::DurationText;
pub(crate) use env_settings::EnvSettings;
pub(crate) use facts::{FactArg, Facts, of_flags as facts_of_flags};
pub(crate) use file::{
    AppSection, AzureSection, DeploySection, File, GateKind, LimitsSection, OnFailure,
    RevisionScheme, RolloutSection, StageEntry,
};
pub(crate) use first_slice::{Counting, first_slice};
#[cfg(test)]
pub(crate) use flags::FLAGS;
pub(crate) use flags::{is_typed, variable_of};
pub(crate) use gates::{GateConfig, PluginSource, gates_alone, limits};
pub(crate) use header_rule::{HeaderRule, HeaderValue};
pub(crate) use labels::{LabelArg, of_flags as labels_of_flags};
pub(crate) use mode::GateMode;
pub(crate) use notify::NotifyEvent;
pub(crate) use origin::origin;
pub(crate) use read::{BYTES_MAX, DEFAULT_NAME, UncheckedConfig, parse, parse_with_places, read};
pub(crate) use rollout_config::{RolloutConfig, for_rollout};
pub(crate) use schema::schema;
pub(crate) use settings::{SettingsFrom, settings_mistakes};
pub(crate) use state_dir::state_dir;
pub(crate) use target::{ResourceGroup, Target, bearable, resource_group, target};
pub(crate) use understand::Source;
pub(crate) use webhooks::{WebhookConfig, WebhookUrl};
