//! What a run does for the pipeline that it runs in, beside its lines: groups, one annotation, a summary, outputs. Nothing here
//! decides anything or changes an exit code.
//!
//! Read `reporter.rs` next. `which.rs` says which pipeline that is, `folding.rs` which lines belong into a group, `github.rs`,
//! `azure.rs` and `gitlab.rs` how each is spoken to, `escape.rs` what keeps texts of others from speaking to it.

mod escape;
mod which;

pub(crate) use escape::PipelineCommand;
pub(crate) use which::{Pipeline, PipelineChoice};
