//! What a run does for the pipeline that it runs in, beside its lines: groups, one annotation, a summary, outputs. Nothing here
//! decides anything or changes an exit code.
//!
//! Read `reporter.rs` next. `which.rs` says which pipeline that is, `folding.rs` which lines belong into a group, `github.rs`,
//! `azure_pipelines.rs` and `gitlab.rs` how each is spoken to, `escape.rs` what keeps texts of others from speaking to it.

mod account;
mod annotation;
mod azure_pipelines;
mod early;
mod escape;
mod folding;
mod github;
mod gitlab;
mod outputs;
mod publish;
mod reporter;
mod stages;
mod summary;
mod which;

pub(crate) use early::EarlyEnd;
pub(crate) use escape::PipelineCommand;
pub(crate) use reporter::PipelineReporter;
pub(crate) use which::{Pipeline, PipelineChoice};
