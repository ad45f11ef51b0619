//! Which revision is stable and which is the canary. Pure: computed from what was read and what was selected.
//!
//! Never guesses. What is ambiguous is refused, with a sentence that names the thing, lists the candidates and
//! ends with the command to run. Read in this order: `roles` (a rollout), `checks` (apps that are refused),
//! `stable`, `canary`, `pin` (the traffic by names), `examine` (every refusal at once), `leased` (a run that follows a
//! lease), `undo` (one that takes a promotion back), `explain` (the reasons).

mod canary;
mod candidates;
mod checks;
mod examine;
mod explain;
mod failed;
mod labels;
mod leased;
mod pin;
mod roles;
mod selection;
mod stable;
mod undo;

pub use examine::{Aspect, Examination, Obstacle, examine};
pub use explain::Reasons;
pub use selection::{CanaryChoice, ImageChoice, Selection};
pub use undo::{Undoing, find_undo};

pub(crate) use checks::{check_ingress, damaged_lease};
pub(crate) use explain::explain;
pub(crate) use leased::{LeasedRevision, LeasedRevisions, follow_lease, undo_split};
pub(crate) use pin::{Pin, pin_of};
pub(crate) use roles::resolve;
pub(crate) use selection::{digest, runs_digest};

#[cfg(test)]
mod tests;
