//! Configuration: the file, what flags and the environment change of it, and the checked result.
//!
//! Everything wrong with it is found here, before anything is read or written elsewhere.

mod file;
mod gates;
mod load;
mod resolve;

pub(crate) use file::{AzureSection, File, GateKind, LimitsSection, RevisionScheme, Span};
pub(crate) use gates::{GateConfig, HeaderRule, PluginSource, limits};
pub(crate) use load::{DEFAULT_NAME, load, parse};
pub(crate) use resolve::{Overrides, Resolved, azure, group, resolve};
