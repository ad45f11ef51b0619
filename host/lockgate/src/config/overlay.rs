//! Lays one configuration over another, key by key: flags and environment variables over the file.

use std::collections::BTreeMap;

use super::env_settings::EnvSettings;
use super::facts::Facts;
use super::file::{
    AppSection, AzureSection, DeploySection, File, GateSection, LabelRole, RolloutSection,
};
use super::notify::NotifySection;

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

/// No flag sets a webhook.
impl Overlay for BTreeMap<String, NotifySection> {
    fn under(self, top: Self) -> Self {
        if top.is_empty() { self } else { top }
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
    File { app, azure, rollout, deploy, gates, facts, labels, notify, state_dir, attest, cache_dir }
    AppSection { name, resource_group, subscription }
    AzureSection { endpoint, api_version, revision_scheme, credential, token_env, metrics_lag, metrics_slice }
    RolloutSection {
        stages, profile, bake, stable, canary, image, check_interval, watch_interval, gate_deadline, gate_retries, retry_interval,
        readiness_deadline, verify_deadline, rollback_deadline, deadline, on_deadline, on_failure, again, emergency, retire, retire_after,
    }
}

/// The environment variables are laid over each other one by one, and what is on top goes before what is below: a variable
/// that is set above is not removed below, and the other way round.
impl Overlay for DeploySection {
    fn under(self, top: DeploySection) -> DeploySection {
        let DeploySection {
            container,
            ready_within,
            min_replicas,
            max_replicas,
            cpu,
            memory,
            env,
            remove_env,
        } = top;
        let mut below = self.env.0;
        below.retain(|setting| !env.has(&setting.name) && !remove_env.contains(&setting.name));
        let mut removed = self.remove_env;
        removed.retain(|name| !env.has(name) && !remove_env.contains(name));
        below.extend(env.0);
        removed.extend(remove_env);
        DeploySection {
            container: self.container.under(container),
            ready_within: self.ready_within.under(ready_within),
            min_replicas: self.min_replicas.under(min_replicas),
            max_replicas: self.max_replicas.under(max_replicas),
            cpu: self.cpu.under(cpu),
            memory: self.memory.under(memory),
            env: EnvSettings(below),
            remove_env: removed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section(set: &[&str], removed: &[&str]) -> DeploySection {
        DeploySection {
            env: EnvSettings::of_flags(set.iter().copied()),
            remove_env: removed.iter().map(|&name| name.to_owned()).collect(),
            ..DeploySection::default()
        }
    }

    #[test]
    fn variables_are_laid_over_each_other_one_by_one() {
        let file = section(&["A=1", "B=1", "C=1"], &["D", "E", "F"]);
        let flags = section(&["A=2", "D=2"], &["B", "E", "G"]);
        let expected = section(&["C=1", "A=2", "D=2"], &["F", "B", "E", "G"]);
        assert_eq!(file.under(flags), expected);
    }
}
