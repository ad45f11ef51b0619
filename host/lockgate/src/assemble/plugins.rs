//! Where components come from: inside the executable, or a file. The bytes are checked against their digest before
//! anything looks into them.

use anyhow::{Context as _, ensure};

use crate::config::{BUILT_IN, GateConfig, PluginSource};

/// Returns a component's bytes.
///
/// # Errors
/// When the file cannot be read.
pub(crate) fn read(source: &PluginSource) -> anyhow::Result<Vec<u8>> {
    match source {
        PluginSource::BuiltIn(wanted) => {
            let found = BUILT_IN.iter().find(|(name, _)| name == wanted);
            found
                .map(|(_, bytes)| bytes.to_vec())
                .with_context(|| format!("plugin {wanted} is not built in"))
        }
        PluginSource::Path(path) => std::fs::read(path).with_context(|| {
            format!(
                "cannot read plugin {}; build it first, or mend the path",
                path.display()
            )
        }),
    }
}

/// Reads and loads the component of a configured gate.
///
/// # Errors
/// When it cannot be read, is not the one that was pinned, or is not a gate; every problem is listed.
pub(crate) async fn load(host: &gates::Host, config: &GateConfig) -> anyhow::Result<gates::Gate> {
    let what = || format!("gate {} cannot be used", config.name);
    let bytes = read(&config.plugin).with_context(what)?;
    if let Some(pinned) = &config.sha256 {
        let digest = gates::digest(&bytes);
        ensure!(
            pinned.eq_ignore_ascii_case(&digest),
            "gate {name}: the component's sha256 is {digest}, and {pinned} is configured; if the new one is wanted, \
             write it into gates.{name}.sha256",
            name = config.name
        );
    }
    host.load(&bytes, config.limits.clone())
        .await
        .with_context(what)
}
