//! Lays one configuration over another, key by key: flags and environment variables over the file.

use std::collections::BTreeMap;

use super::facts::Facts;
use super::file::{
    AppSection, AzureSection, DeploySection, File, GateSection, LabelRole, RolloutSection,
};

/// Returns `base` with every key that `top` has replaced by `top`'s value.
pub(super) fn overlay(base: File, top: File) -> File {
    base.under(top)
}

/// A part of a configuration over which another can be laid.
trait Overlay {
    /// Returns this part with every value that `top` has in place of its own.
    fn under(self, top: Self) -> Self;
}

impl<T> Overlay for Option<T> {
    fn under(self, top: Option<T>) -> Option<T> {
        top.or(self)
    }
}

/// The gates are replaced as a whole: two lists of gates are never mixed.
impl Overlay for BTreeMap<String, GateSection> {
    fn under(self, top: Self) -> Self {
        if top.is_empty() { self } else { top }
    }
}

/// Facts are laid over each other one by one.
impl Overlay for Facts {
    fn under(mut self, top: Self) -> Self {
        self.extend(top);
        self
    }
}

/// So are labels.
impl Overlay for BTreeMap<String, LabelRole> {
    fn under(mut self, top: Self) -> Self {
        self.extend(top);
        self
    }
}

/// Lays sections over each other field by field. The list is complete, or the code does not compile.
macro_rules! overlay_by_field {
    ($($section:ident { $($field:ident),* $(,)? })*) => {
        $(impl Overlay for $section {
            fn under(self, top: $section) -> $section {
                let $section { $($field),* } = top;
                $section { $($field: self.$field.under($field)),* }
            }
        })*
    };
}

overlay_by_field! {
    File { app, azure, rollout, deploy, gates, facts, labels, state_dir, cache_dir }
    AppSection { name, resource_group, subscription }
    AzureSection { endpoint, api_version, revision_scheme, credential, token_env, metrics_lag, metrics_slice }
    RolloutSection {
        stages, bake, stable, canary, image, check_interval, watch_interval, gate_deadline, gate_retries, retry_interval,
        readiness_deadline, verify_deadline, rollback_deadline, deadline, on_deadline, on_failure, again, retire, retire_after,
    }
    DeploySection { container, ready_within }
}
