//! `lockgate gate inspect`: shows a component's description, contract, imports, limits, origins and settings. Loads the
//! component and never calls its checks.

use std::path::Path;

use anyhow::Context as _;
use gates::{Gate, Origins};
use rollout::Kind;
use serde_json::{Value, json};

use super::printed::Printed;
use crate::assemble::{self, plugins};
use crate::cli::GateInspectArgs;
use crate::config::PluginSource;
use crate::exit::Exit;
use crate::output::Output;

/// Shows a component.
///
/// # Errors
/// When the component cannot be read or is not a gate (with every problem), or an origin of `--allow` is not valid.
pub(super) async fn inspect(args: &GateInspectArgs, output: &Output) -> anyhow::Result<Exit> {
    let source = PluginSource::parse(&args.plugin, Path::new(""))?;
    let bytes = plugins::read(&source)?;
    let host = assemble::host(args.cache_dir.clone(), output)?;
    let gate = host
        .load(&plugins::shown(&source), &bytes, gates::Limits::default())
        .await
        .with_context(|| format!("{} is not a gate", args.plugin))?;
    let allow = Origins::parse(&args.allow).context("--allow")?;
    printed(&Inspected::new(&gate, &allow)).print(output);
    Ok(Exit::Success)
}

/// What is shown of a component.
pub(super) struct Inspected {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) summary: String,
    pub(super) kinds: Vec<Kind>,
    /// The version of the contract, such as `lockgate:plugin@0.1.0`.
    pub(super) contract: String,
    /// In hexadecimal digits.
    pub(super) sha256: String,
    /// Of the component.
    pub(super) bytes: usize,
    pub(super) imports: Vec<String>,
    pub(super) origins: Vec<DeclaredOrigin>,
    /// A JSON Schema.
    pub(super) settings: Value,
    /// Names and values.
    pub(super) limits: Vec<(&'static str, String)>,
}

/// An origin that the gate's description names, beside those of the two revisions.
pub(super) struct DeclaredOrigin {
    pub(super) origin: String,
    /// Whether `--allow` grants it.
    pub(super) granted: bool,
}

impl Inspected {
    /// Collects what is shown of a gate, under these allowed origins.
    pub(super) fn new(gate: &Gate, allow: &Origins) -> Inspected {
        let description = gate.description();
        let declared = |origin: &String| DeclaredOrigin {
            origin: origin.clone(),
            granted: allow.grants(origin),
        };
        Inspected {
            name: description.name.clone(),
            version: description.version.clone(),
            summary: description.summary.clone(),
            kinds: gate.kinds().to_vec(),
            contract: gate.contract().to_owned(),
            sha256: gate.digest().to_owned(),
            bytes: gate.size(),
            imports: gate.imports().to_vec(),
            origins: description.origins.iter().map(declared).collect(),
            settings: description.settings.clone(),
            limits: gate.limits().shown(),
        }
    }

    /// Returns the worlds of the contract that the component implements.
    fn worlds(&self) -> Vec<&'static str> {
        let world = |kind: &Kind| match kind {
            Kind::HealthCheck => "health-check",
            Kind::PromotionGate => "promotion-gate",
        };
        self.kinds.iter().map(world).collect()
    }
}

/// Returns a component as a page for people and as one JSON object.
pub(super) fn printed(inspected: &Inspected) -> Printed {
    Printed {
        lines: lines(inspected),
        events: vec![object(inspected)],
    }
}

fn object(inspected: &Inspected) -> Value {
    let origins = inspected.origins.iter();
    let granted = origins.clone().filter(|declared| declared.granted);
    json!({
        "name": inspected.name,
        "version": inspected.version,
        "summary": inspected.summary,
        "kinds": inspected.kinds,
        "worlds": inspected.worlds(),
        "contract": inspected.contract,
        "sha256": inspected.sha256,
        "bytes": inspected.bytes,
        "imports": inspected.imports,
        "origins": origins.map(|declared| &declared.origin).collect::<Vec<_>>(),
        "granted": granted.map(|declared| &declared.origin).collect::<Vec<_>>(),
        "settings": inspected.settings,
        "limits": inspected.limits,
    })
}

fn lines(inspected: &Inspected) -> Vec<String> {
    let (ours, wasi): (Vec<&str>, Vec<&str>) = inspected
        .imports
        .iter()
        .map(String::as_str)
        .partition(|name| name.starts_with("lockgate:") || name.starts_with("wasi:http/"));
    let mut lines = vec![
        format!("name      {} {}", inspected.name, inspected.version),
        format!("summary   {}", inspected.summary),
        format!("worlds    {}", listed(&inspected.worlds())),
        format!("contract  {}", inspected.contract),
        format!("sha256    {}", inspected.sha256),
        format!("size      {} bytes", inspected.bytes),
        format!("imports   {}", listed(&ours)),
        format!(
            "WASI      {} (linked, but only time and randomness are granted)",
            listed(&wasi)
        ),
        "origins   the two revisions".to_owned(),
    ];
    for DeclaredOrigin { origin, granted } in &inspected.origins {
        lines.push(if *granted {
            format!("          {origin}: declared and granted")
        } else {
            format!("          {origin}: declared, not granted; add it to the gate's allow list")
        });
    }
    lines.push("limits    for every call".to_owned());
    for (name, value) in &inspected.limits {
        lines.push(format!("  {name:<22}{value}"));
    }
    lines.push("settings  (* is required)".to_owned());
    lines.extend(settings_table(&inspected.settings));
    lines
}

fn listed(items: &[&str]) -> String {
    if items.is_empty() {
        "none".to_owned()
    } else {
        items.join(", ")
    }
}

/// One setting as a row of the table. All texts are the gate's, sanitised.
struct SettingRow {
    name: String,
    kind: String,
    description: String,
    default: String,
}

/// Returns the properties of a gate's schema as a table.
fn settings_table(schema: &Value) -> Vec<String> {
    let properties = schema.get("properties").and_then(Value::as_object);
    let required = schema.get("required").and_then(Value::as_array);
    // A star marks the settings that must be there.
    let shown = |name: &str| {
        if required.is_some_and(|names| names.iter().any(|required| required == name)) {
            format!("{name}*")
        } else {
            name.to_owned()
        }
    };
    let rows: Vec<SettingRow> = properties
        .into_iter()
        .flatten()
        .map(|(name, schema)| setting_row(&shown(name), schema))
        .collect();
    if rows.is_empty() {
        return vec!["  none".to_owned()];
    }
    let width = |text: fn(&SettingRow) -> &str| {
        let widths = rows.iter().map(|row| text(row).chars().count());
        widths.max().unwrap_or(0)
    };
    let (names, kinds) = (width(|row| &row.name), width(|row| &row.kind));
    let line = |row: &SettingRow| {
        let SettingRow {
            name,
            kind,
            description,
            default,
        } = row;
        let line = format!("  {name:<names$}  {kind:<kinds$}  {description} {default}");
        line.trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

fn setting_row(name: &str, schema: &Value) -> SettingRow {
    let default = schema.get("default");
    let default = default.map(|value| gates::sanitise(&format!("[default {value}]"), 60));
    let description = schema.get("description").and_then(Value::as_str);
    SettingRow {
        name: gates::sanitise(name, 60),
        kind: value_kind(schema),
        description: gates::sanitise(description.unwrap_or_default(), 300),
        default: default.unwrap_or_default(),
    }
}

/// Describes the values of a property: those of its `enum`, or its type and bounds.
fn value_kind(schema: &Value) -> String {
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
