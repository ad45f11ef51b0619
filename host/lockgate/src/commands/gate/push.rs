//! `lockgate gate push`: writes a component to a registry. Only what is a gate is written.

use std::path::Path;

use anyhow::Context as _;
use gates::Limits;
use registry::{Artifact, Reference, ReferenceError};
use serde_json::json;

use super::printed::Printed;
use crate::assemble::{self, Reach, plugins};
use crate::cli::GatePushArgs;
use crate::config::PluginSource;
use crate::exit::Exit;
use crate::mistake::{Mistake, Place};
use crate::output::Output;
use crate::progress::Progress;

/// Writes a component to a registry.
///
/// # Errors
/// When it cannot be read or is not a gate, or the registry does not take it.
pub(super) async fn push(args: &GatePushArgs, output: &Output) -> anyhow::Result<Exit> {
    let to = place(&args.to)?;
    let source = PluginSource::parse(&args.plugin, Path::new(""))?;
    let loader = assemble::loader(args.cache_dir.clone(), Reach::Network, output)?;
    let component = loader.plugins().read(&source).await?;
    let gate = loader.load(&source, Limits::default()).await;
    let gate = gate.with_context(|| format!("{} is not pushed", args.plugin))?;
    let description = gate.description();
    let artifact = Artifact {
        name: description.name.clone(),
        version: description.version.clone(),
        summary: description.summary.clone(),
        exports: gate.exports().to_vec(),
        imports: gate.imports().to_vec(),
        component,
    };
    let registries = loader.plugins().registries();
    let progress = Progress::new(&format!("pushing {to}"), output);
    let digest = progress.during(registries.push(&to, &artifact)).await?;
    let pinned = to.pinned(digest.clone());
    let size = plugins::size(&artifact.component);
    let mut printed = Printed::default();
    printed.line(format!("pushed {} ({size}) to {to}", args.plugin));
    printed.line("a configuration names it so:".to_owned());
    printed.line(format!("  plugin = \"{pinned}\""));
    printed.events.push(json!({
        "event": "gate-pushed", "plugin": pinned.to_string(), "digest": digest.to_string(),
        "sha256": gate.digest(), "bytes": gate.size(),
    }));
    printed.print(output);
    Ok(Exit::Success)
}

/// Reads where a component goes: a tag, because its digest is not chosen but found.
fn place(text: &str) -> Result<Reference, Mistake> {
    let at = Place::Given("PLACE".to_owned());
    let message = match Reference::parse(text) {
        Ok(to) if to.tag().is_some() && to.digest().is_none() => return Ok(to),
        Ok(_) | Err(ReferenceError::NoVersion { .. }) => {
            format!("{text} is not where a component can be written")
        }
        Err(error) => return Err(Mistake::new(error.to_string()).at(at)),
    };
    let help = "name a tag and no digest, such as oci://registry.example/team/gate:1.2";
    Err(Mistake::new(message).at(at).with_help(help))
}
