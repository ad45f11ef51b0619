//! Creates a new revision of an app, without traffic.
//!
//! In this order, each step only where it is needed: switch to revision mode Multiple (when asked for), pin the
//! traffic that follows `latestRevision`, create the revision, and check that the traffic is unchanged. Creating a
//! revision is the only request that sends a `template`, and it never contains traffic.

mod changes;
mod checks;
mod create;
mod deployable;
mod error;
mod find;
mod new_revision;
mod pin;

pub use changes::{EnvValue, TemplateChanges, Thousandths};
pub use create::Deployed;
pub use error::DeployError;
pub use new_revision::{Existing, NewRevision};
pub use pin::Pinned;

pub(crate) use checks::{check_free, must_switch};

/// What refuses a deployment, for the test that walks every refusal.
#[cfg(test)]
pub(crate) mod refusals {
    pub(crate) use super::checks::{check_free, check_multiple};
    pub(crate) use super::new_revision::{body, check_suffix};
}
