//! From where a component is to a gate: its bytes are read, checked against the configured digest, and loaded.

use std::path::PathBuf;

use anyhow::Context as _;
use gates::{Gate, Host, Limits};

use super::plugins::{Plugins, Unpinned, shown};
use crate::config::{GateConfig, PluginSource};
use crate::mistake::Mistake;

/// The host of gates, and where it gets components from.
pub(crate) struct Loader {
    host: Host,
    plugins: Plugins,
}

impl Loader {
    pub(super) fn new(host: Host, plugins: Plugins) -> Loader {
        Loader { host, plugins }
    }

    /// Returns where components are read.
    pub(crate) fn plugins(&self) -> &Plugins {
        &self.plugins
    }

    /// Reads and loads a component.
    ///
    /// # Errors
    /// When it cannot be read, or is not a gate, with every problem of it.
    pub(crate) async fn load(&self, source: &PluginSource, limits: Limits) -> anyhow::Result<Gate> {
        let bytes = self.plugins.read(source).await?;
        let gate = self.host.load(&shown(source), &bytes, limits).await;
        gate.context("the component is not a gate")
    }

    /// Compiles a component, and returns the file with its code.
    ///
    /// # Errors
    /// When it is not a gate, or cannot be compiled within bounds.
    pub(crate) async fn compile(
        &self,
        source: &PluginSource,
        bytes: &[u8],
    ) -> anyhow::Result<PathBuf> {
        let (name, limits) = (shown(source), Limits::default());
        Ok(self.host.compile(&name, bytes, &limits).await?)
    }

    /// Reads and loads the component of a configured gate.
    ///
    /// # Errors
    /// When the component cannot be read, has another digest than configured, or is not a gate. Of a component that is
    /// not a gate, every problem is listed.
    pub(crate) async fn load_configured(&self, config: &GateConfig) -> anyhow::Result<Gate> {
        let context = || format!("gate {} cannot be used", config.name);
        let bytes = self.plugins.read(&config.plugin).await;
        let bytes = bytes.map_err(|error| match error.downcast::<Unpinned>() {
            Ok(unpinned) if config.source.is_some() => mistake(config, &unpinned).into(),
            Ok(unpinned) => anyhow::Error::from(unpinned).context(context()),
            Err(error) => error.context(context()),
        })?;
        if let Some(pinned) = &config.sha256 {
            let digest = gates::digest(&bytes);
            if !pinned.eq_ignore_ascii_case(&digest) {
                let message =
                    format!("the component's sha256 is {digest}, and {pinned} is configured");
                let mistake = config.mistake("sha256", message);
                return Err(mistake
                    .with_help("if the new one is wanted, write it there")
                    .into());
            }
        }
        self.host
            .load(&shown(&config.plugin), &bytes, config.limits.clone())
            .await
            .with_context(context)
    }
}

/// Returns the mistake that a gate of a configuration has no digest.
fn mistake(config: &GateConfig, unpinned: &Unpinned) -> Mistake {
    let mistake = config.mistake("plugin", unpinned.what());
    mistake.with_help(unpinned.next())
}
