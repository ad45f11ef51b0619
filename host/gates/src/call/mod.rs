//! One call of a gate: the question, the store, the limits, the answer.

pub(crate) mod ask;
pub(crate) mod captured;
pub(crate) mod convert;
pub(crate) mod gate_set;
pub(crate) mod run;
pub(crate) mod sanitise;
pub(crate) mod state;
