//! Compiled components: made once, in a process whose time and memory are bounded, and kept in a folder that nobody else
//! may write to.
//!
//! `store.rs` finds and makes them, `trust.rs` checks whose they are, `work.rs` is the port to the bounded process and
//! `worker.rs` what happens there.

pub(crate) mod in_process;
pub(crate) mod store;
mod trust;
pub(crate) mod work;
pub(crate) mod worker;
