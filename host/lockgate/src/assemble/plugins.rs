//! Reads components: built-in ones from the executable, others from files. The bytes are checked against the configured
//! digest before they are loaded.

use anyhow::Context as _;

use crate::config::{BUILT_IN, GateConfig, PluginSource};

/// Returns a component's bytes.
///
/// # Errors
/// When the file cannot be read, or no built-in plugin has the name.
pub(crate) fn read(source: &PluginSource) -> anyhow::Result<Vec<u8>> {
    match source {
        PluginSource::BuiltIn(wanted) => {
            let found = BUILT_IN.iter().find(|plugin| plugin.name == *wanted);
            found
                .map(|plugin| plugin.component.to_vec())
                .with_context(|| format!("plugin {wanted} is not built in"))
        }
        PluginSource::Path(path) => std::fs::read(path).with_context(|| {
            format!(
                "cannot read plugin {}; build it first, or correct the path",
                path.display()
            )
        }),
    }
}

/// Returns a component's name for the person who waits for it: that of its file, without the folders.
pub(crate) fn shown(source: &PluginSource) -> String {
    match source {
        PluginSource::BuiltIn(name) => (*name).to_owned(),
        PluginSource::Path(path) => {
            let name = path.file_name().unwrap_or(path.as_os_str());
            name.to_string_lossy().into_owned()
        }
    }
}

/// Reads and loads the component of a configured gate.
///
/// # Errors
/// When the component cannot be read, has another digest than configured, or is not a gate. Of a component that is not
/// a gate, every problem is listed.
pub(crate) async fn load(host: &gates::Host, config: &GateConfig) -> anyhow::Result<gates::Gate> {
    let context = || format!("gate {} cannot be used", config.name);
    let bytes = read(&config.plugin).with_context(context)?;
    if let Some(pinned) = &config.sha256 {
        let digest = gates::digest(&bytes);
        if !pinned.eq_ignore_ascii_case(&digest) {
            let message = format!("the component's sha256 is {digest}, and {pinned} is configured");
            let mistake = config.mistake("sha256", message);
            return Err(mistake
                .with_help("if the new one is wanted, write it there")
                .into());
        }
    }
    host.load(&shown(&config.plugin), &bytes, config.limits.clone())
        .await
        .with_context(context)
}
