//! One call of a gate: the question, the store, the imports, and the answer as the engine takes it.
//!
//! Whatever a guest does, a call ends in a report or in one of the kinds of gate failure. Start with `gate_set.rs`, then
//! `run.rs` and `store.rs`.

pub(crate) mod ask;
pub(crate) mod convert;
pub(crate) mod gate_set;
mod hints;
mod imports;
mod output;
mod round;
pub(crate) mod run;
pub(crate) mod sanitise;
pub(crate) mod state;
pub(crate) mod store;
pub(crate) mod trace;
pub(crate) mod trap;
