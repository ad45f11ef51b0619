//! Work on what strangers have made (compiling a component, checking settings against a schema) in a process of its own, so
//! that its time and memory are bounded and it can be killed: this executable, started again.
//!
//! `process.rs` is this side, `child.rs` the other.

mod child;
mod process;

pub(crate) use child::serve_if_asked;
pub(crate) use process::Processes;
