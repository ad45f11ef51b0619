//! `lockgate gate inspect`: what a component is.

use std::path::Path;

use anyhow::Context as _;
use rollout::Kind;
use serde_json::{Value, json};

use crate::cli::GateInspectArgs;
use crate::config::PluginSource;
use crate::output::{Format, Output};
use crate::{plugins, setup};

/// Shows what a component is.
///
/// # Errors
/// When it cannot be read or is not a gate; every problem is listed.
pub(super) async fn inspect(args: &GateInspectArgs, output: &Output) -> anyhow::Result<u8> {
    let source = PluginSource::parse(&args.plugin, Path::new(""))?;
    let bytes = plugins::read(&source)?;
    let host = setup::host(args.cache_dir.clone(), output)?;
    let gate = host
        .load(&bytes, gates::Limits::default())
        .await
        .with_context(|| format!("{} is not a gate", args.plugin))?;
    let about = gate.description();
    match output.format() {
        Format::Json => output.json(&json!({
            "name": about.name,
            "version": about.version,
            "summary": about.summary,
            "kinds": gate.kinds(),
            "contract": gate.contract(),
            "sha256": gate.digest(),
            "bytes": gate.size(),
            "imports": gate.imports(),
            "origins": about.origins,
            "settings": about.settings,
            "limits": gate.limits().shown(),
        })),
        Format::Text => output.document(&shown(&gate)),
    }
    Ok(0)
}

fn shown(gate: &gates::Gate) -> String {
    let about = gate.description();
    let list = |items: &[String]| match items {
        [] => "none".to_owned(),
        items => items.join(", "),
    };
    let kinds: Vec<String> = gate.kinds().iter().map(Kind::to_string).collect();
    let mut lines = vec![
        format!("name      {} {}", about.name, about.version),
        format!("summary   {}", about.summary),
        format!("kinds     {}", kinds.join(", ")),
        format!("contract  {}", gate.contract()),
        format!("sha256    {}", gate.digest()),
        format!("size      {} bytes", gate.size()),
        format!("imports   {}", list(gate.imports())),
        format!(
            "origins   {} (wanted; granted by `allow` only)",
            list(&about.origins)
        ),
        "limits    for every call".to_owned(),
    ];
    for (name, value) in gate.limits().shown() {
        lines.push(format!("  {name:<22}{value}"));
    }
    lines.push("settings".to_owned());
    let properties = about.settings.get("properties").and_then(Value::as_object);
    for (name, schema) in properties.into_iter().flatten() {
        let text = |key: &str| {
            schema.get(key).map(|value| match value {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            })
        };
        let default =
            text("default").map_or_else(String::new, |value| format!("[default {value}]"));
        // The gate's own words.
        let about = gates::harmless(&text("description").unwrap_or_default(), 300);
        let (name, default) = (gates::harmless(name, 60), gates::harmless(&default, 100));
        lines.push(format!("  {name:<22}{about} {default}"));
    }
    lines.join("\n")
}
