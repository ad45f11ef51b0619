//! The commands about an app on the platform.

mod restore;
mod retire;
mod suffix;

pub(super) mod abort;
pub(super) mod deploy;
pub(super) mod doctor;
pub(super) mod pin;
pub(super) mod plan;
pub(super) mod recover;
pub(super) mod rollout;
pub(super) mod status;
