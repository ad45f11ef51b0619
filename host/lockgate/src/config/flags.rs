//! Which flag sets which key of the file, so that a mistake in its value is reported under the name that was typed.

use super::file::File;

/// A flag that sets a key.
pub(crate) struct FlagOfKey {
    /// The key.
    pub(crate) key: &'static str,
    /// The flag without its dashes.
    pub(crate) flag: &'static str,
    /// Whether the flag or its variable set the key in what the flags yield.
    is_set: fn(&File) -> bool,
}

/// Every flag that sets a key.
#[rustfmt::skip]
pub(crate) const FLAGS: [FlagOfKey; 21] = [
    FlagOfKey { key: "app.name", flag: "app", is_set: |file| file.app.name.is_some() },
    FlagOfKey { key: "app.resource-group", flag: "resource-group", is_set: |file| file.app.resource_group.is_some() },
    FlagOfKey { key: "app.subscription", flag: "subscription", is_set: |file| file.app.subscription.is_some() },
    FlagOfKey { key: "azure.endpoint", flag: "endpoint", is_set: |file| file.azure.endpoint.is_some() },
    FlagOfKey { key: "azure.credential", flag: "credential", is_set: |file| file.azure.credential.is_some() },
    FlagOfKey { key: "state-dir", flag: "state-dir", is_set: |file| file.state_dir.is_some() },
    FlagOfKey { key: "attest", flag: "attest", is_set: |file| file.attest.is_some() },
    FlagOfKey { key: "cache-dir", flag: "cache-dir", is_set: |file| file.cache_dir.is_some() },
    FlagOfKey { key: "rollout.stable", flag: "stable", is_set: |file| file.rollout.stable.is_some() },
    FlagOfKey { key: "rollout.canary", flag: "canary", is_set: |file| file.rollout.canary.is_some() },
    FlagOfKey { key: "rollout.image", flag: "image", is_set: |file| file.rollout.image.is_some() },
    FlagOfKey { key: "rollout.stages", flag: "stages", is_set: |file| file.rollout.stages.is_some() },
    FlagOfKey { key: "rollout.bake", flag: "bake", is_set: |file| file.rollout.bake.is_some() },
    FlagOfKey { key: "rollout.deadline", flag: "deadline", is_set: |file| file.rollout.deadline.is_some() },
    FlagOfKey { key: "rollout.on-failure", flag: "on-failure", is_set: |file| file.rollout.on_failure.is_some() },
    FlagOfKey { key: "deploy.container", flag: "container", is_set: |file| file.deploy.container.is_some() },
    FlagOfKey { key: "deploy.ready-within", flag: "ready-within", is_set: |file| file.deploy.ready_within.is_some() },
    FlagOfKey { key: "deploy.min-replicas", flag: "min-replicas", is_set: |file| file.deploy.min_replicas.is_some() },
    FlagOfKey { key: "deploy.max-replicas", flag: "max-replicas", is_set: |file| file.deploy.max_replicas.is_some() },
    FlagOfKey { key: "deploy.cpu", flag: "cpu", is_set: |file| file.deploy.cpu.is_some() },
    FlagOfKey { key: "deploy.memory", flag: "memory", is_set: |file| file.deploy.memory.is_some() },
];

/// Returns the flag that set a key, or a part of it.
pub(super) fn that_set(key: &str, flags: &File) -> Option<&'static str> {
    let whole = key.split('[').next().unwrap_or_default();
    let found = FLAGS
        .iter()
        .find(|flag| flag.key == whole && (flag.is_set)(flags));
    found.map(|flag| flag.flag)
}

/// Returns a flag as it was typed: with its dashes, or its variable where it is not on the command line.
pub(super) fn as_typed(flag: &str) -> String {
    if is_typed(flag) {
        format!("--{flag}")
    } else {
        variable_of(flag)
    }
}

/// Returns whether a flag is on the command line of this process.
pub(crate) fn is_typed(flag: &str) -> bool {
    let dashed = format!("--{flag}");
    let mut args = std::env::args_os();
    args.any(|arg| {
        let arg = arg.to_string_lossy();
        arg.strip_prefix(dashed.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
    })
}

/// Returns the variable that stands for a flag.
pub(crate) fn variable_of(flag: &str) -> String {
    format!("LOCKGATE_{}", flag.replace('-', "_").to_ascii_uppercase())
}
