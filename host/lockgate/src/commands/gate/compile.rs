//! `lockgate gate compile`: compiles components before they are needed, and says where they are kept. Runs none of them.

use std::path::Path;

use anyhow::Context as _;
use serde_json::json;

use crate::assemble;
use crate::cli::GateCompileArgs;
use crate::config::{AzureSection, PluginSource};
use crate::exit::Exit;
use crate::output::Output;

/// Compiles components.
///
/// # Errors
/// When the folder for them cannot be used, or one cannot be read, is not a gate, or cannot be compiled within bounds.
pub(super) async fn compile(args: &GateCompileArgs, output: &Output) -> anyhow::Result<Exit> {
    let loader =
        assemble::keeping_loader(&AzureSection::default(), args.cache_dir.clone(), output)?;
    for plugin in &args.plugins {
        let source = PluginSource::parse(plugin, Path::new(""))?;
        let bytes = loader.plugins().read(&source).await?;
        let file = loader.compile(&source, &bytes).await;
        let file = file.with_context(|| format!("{plugin} cannot be compiled"))?;
        let file = file.display().to_string();
        output.result(&format!("{plugin}: compiled, kept in {file}"));
        output.command_event(json!({
            "event": "gate-compiled", "plugin": plugin, "sha256": gates::digest(&bytes), "file": file,
        }));
    }
    Ok(Exit::Success)
}
