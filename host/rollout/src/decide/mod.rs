//! The state machine of a rollout: declares its files and re-exports its types, nothing else.
//!
//! [`rollout`] holds the state, `next` derives the one thing to do from it, `apply` folds a fact into it. The
//! handlers of the phases follow in the order of a run: `preflight`, `forward`, `asking` (and `advice` beside it), then one of
//! `promoting`, `holding` and `rolling_back`. No file here may wait, read a clock or name a port, so a state can be cloned,
//! printed, compared and enumerated. Read [`phase`] first.

mod action;
pub(crate) mod advice;
mod apply;
mod asking;
mod cancel;
mod compare;
pub(crate) mod final_write;
mod forward;
mod holding;
mod late_write;
mod next;
mod notes;
pub(crate) mod phase;
mod preflight;
mod promoting;
mod rolling_back;
mod rollout;
mod settling;
mod traffic_kind;
mod undo;

#[cfg(test)]
mod state_key;

pub use action::{Action, Intent, Purpose, ReadStable};
pub use apply::IllegalEvent;
pub use rollout::Rollout;
