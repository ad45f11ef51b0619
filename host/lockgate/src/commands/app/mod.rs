//! The commands about an app on the platform, one file each. `restore` holds what abort and recover share,
//! `abort_to` what comes before a write that no lease explains, `forward` what rollout, resume and undo share, and `after` what follows a run; `new_revision` and `deploy_failure` hold what deploy, rollout, plan and pin share;
//! `preflight` holds every check that validate, plan, doctor and rollout make, and `sheet` shows them.

mod abort_to;
mod after;
mod attestation;
mod deploy_failure;
mod forward;
mod new_revision;
mod preflight;
mod promotion;
mod readiness;
mod restore;
mod sheet;
mod suffix;

pub(super) mod abort;
pub(super) mod configuration;
pub(super) mod deploy;
pub(super) mod doctor;
pub(super) mod forget;
pub(super) mod pin;
pub(super) mod plan;
pub(super) mod recover;
pub(super) mod resume;
pub(super) mod rollout;
pub(super) mod status;
pub(super) mod undo;
pub(super) mod validate;
mod with;

#[cfg(test)]
mod samples;
