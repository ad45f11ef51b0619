//! Configuration: the file, what flags and the environment change of it, and the checked result.
//!
//! Everything wrong with it is found here, before anything is read or written elsewhere.

mod built_in;
mod file;
mod gates;
mod load;
mod origin;
mod resolve;

pub(crate) use built_in::BUILT_IN;
pub(crate) use file::{AzureSection, File, GateKind, LimitsSection, RevisionScheme, Span};
pub(crate) use gates::{GateConfig, HeaderRule, PluginSource, limits};
pub(crate) use load::{DEFAULT_NAME, load, parse};
pub(crate) use origin::origin;
pub(crate) use resolve::{Overrides, Resolved, azure, group, resolve};
