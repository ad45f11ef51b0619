//! `lockgate gate inspect`: what a component is.

use std::path::Path;

use anyhow::Context as _;
use gates::{Gate, Origins};
use rollout::Kind;
use serde_json::{Value, json};

use crate::cli::GateInspectArgs;
use crate::config::PluginSource;
use crate::output::{Format, Output};
use crate::{assemble, assemble::plugins};

/// Shows what a component is.
///
/// # Errors
/// When it cannot be read or is not a gate; every problem is listed.
pub(super) async fn inspect(args: &GateInspectArgs, output: &Output) -> anyhow::Result<u8> {
    let source = PluginSource::parse(&args.plugin, Path::new(""))?;
    let bytes = plugins::read(&source)?;
    let host = assemble::host(args.cache_dir.clone(), output)?;
    let gate = host
        .load(&bytes, gates::Limits::default())
        .await
        .with_context(|| format!("{} is not a gate", args.plugin))?;
    let about = gate.description();
    let allow = Origins::parse(&args.allow).context("--allow")?;
    match output.format() {
        Format::Json => output.json(&json!({
            "name": about.name,
            "version": about.version,
            "summary": about.summary,
            "kinds": gate.kinds(),
            "worlds": worlds(&gate),
            "contract": gate.contract(),
            "sha256": gate.digest(),
            "bytes": gate.size(),
            "imports": gate.imports(),
            "origins": about.origins,
            "granted": about.origins.iter().filter(|o| allow.grants(o)).collect::<Vec<_>>(),
            "settings": about.settings,
            "limits": gate.limits().shown(),
        })),
        Format::Text => output.document(&shown(&gate, &allow)),
    }
    Ok(0)
}

/// Returns the worlds of the contract that the component implements.
fn worlds(gate: &Gate) -> Vec<&'static str> {
    let world = |kind: &Kind| match kind {
        Kind::HealthCheck => "health-check",
        Kind::PromotionGate => "promotion-gate",
    };
    gate.kinds().iter().map(world).collect()
}

fn shown(gate: &Gate, allow: &Origins) -> String {
    let about = gate.description();
    let list = |items: &[&str]| match items {
        [] => "none".to_owned(),
        items => items.join(", "),
    };
    let (ours, wasi): (Vec<&str>, Vec<&str>) = gate
        .imports()
        .iter()
        .map(String::as_str)
        .partition(|name| name.starts_with("lockgate:") || name.starts_with("wasi:http/"));
    let mut lines = vec![
        format!("name      {} {}", about.name, about.version),
        format!("summary   {}", about.summary),
        format!("worlds    {}", list(&worlds(gate))),
        format!("contract  {}", gate.contract()),
        format!("sha256    {}", gate.digest()),
        format!("size      {} bytes", gate.size()),
        format!("imports   {}", list(&ours)),
        format!(
            "WASI      {} (linked, and granting no more than time and randomness)",
            list(&wasi)
        ),
        "origins   the two revisions".to_owned(),
    ];
    lines.extend(
        about
            .origins
            .iter()
            .map(|origin| match allow.grants(origin) {
                true => format!("          {origin}: wanted, and granted"),
                false => format!(
                    "          {origin}: wanted, not granted; add it to the gate's allow list"
                ),
            }),
    );
    lines.push("limits    for every call".to_owned());
    for (name, value) in gate.limits().shown() {
        lines.push(format!("  {name:<22}{value}"));
    }
    lines.push("settings  (* has to be given)".to_owned());
    lines.extend(settings(&about.settings));
    lines.join("\n")
}

/// A gate's schema as a table: name, type, default, and what it is. The words are the gate's own.
fn settings(schema: &Value) -> Vec<String> {
    let properties = schema.get("properties").and_then(Value::as_object);
    let required = schema.get("required").and_then(Value::as_array);
    let is_required =
        |name: &str| required.is_some_and(|names| names.iter().any(|required| required == name));
    let rows: Vec<[String; 4]> = properties
        .into_iter()
        .flatten()
        .map(|(name, schema)| {
            let star = if is_required(name) { "*" } else { "" };
            [
                gates::sanitise(&format!("{name}{star}"), 60),
                kind_of(schema),
                schema.get("default").map_or_else(String::new, |value| {
                    gates::sanitise(&format!("[default {value}]"), 60)
                }),
                text(schema, "description", 300),
            ]
        })
        .collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let (names, kinds) = (width(0).unwrap_or(0), width(1).unwrap_or(0));
    let line = |[name, kind, default, about]: &[String; 4]| {
        format!("  {name:<names$}  {kind:<kinds$}  {about} {default}")
            .trim_end()
            .to_owned()
    };
    match rows.is_empty() {
        true => vec!["  none".to_owned()],
        false => rows.iter().map(line).collect(),
    }
}

/// What a value may be, with its bounds.
fn kind_of(schema: &Value) -> String {
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        let values: Vec<String> = values.iter().map(Value::to_string).collect();
        return gates::sanitise(&values.join(" | "), 60);
    }
    let kind = match schema.get("type") {
        Some(Value::String(kind)) => kind.clone(),
        Some(Value::Array(kinds)) => {
            let kinds: Vec<&str> = kinds.iter().filter_map(Value::as_str).collect();
            kinds.join(" | ")
        }
        _ => "any".to_owned(),
    };
    let bound = |key: &str| schema.get(key).map(Value::to_string);
    let bounds = match (bound("minimum"), bound("maximum")) {
        (Some(min), Some(max)) => format!(" {min} to {max}"),
        (Some(min), None) => format!(" from {min}"),
        (None, Some(max)) => format!(" up to {max}"),
        (None, None) => String::new(),
    };
    gates::sanitise(&format!("{kind}{bounds}"), 60)
}

fn text(schema: &Value, key: &str, max: usize) -> String {
    let text = schema.get(key).and_then(Value::as_str);
    gates::sanitise(text.unwrap_or_default(), max)
}
