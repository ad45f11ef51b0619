//! `lockgate gate inspect`: shows a component's description, contract, imports, limits, origins and settings. Loads the
//! component and never calls its checks.

use std::path::Path;

use anyhow::Context as _;
use gates::{Gate, Limits, ListedSetting, Origins};
use rollout::Kind;
use serde_json::{Value, json};

use super::printed::Printed;
use crate::assemble::{self, Reach};
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
    let loader = assemble::loader(args.cache_dir.clone(), Reach::Network, output)?;
    let gate = loader.load(&source, Limits::default()).await;
    let gate = gate.with_context(|| format!("{} cannot be inspected", args.plugin))?;
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
    /// What the schema describes.
    pub(super) listed: Vec<ListedSetting>,
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
            listed: gate.listed_settings(),
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
        "event": "gate-inspected",
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
    lines.extend(settings_table(&inspected.listed));
    lines
}

fn listed(items: &[&str]) -> String {
    if items.is_empty() {
        "none".to_owned()
    } else {
        items.join(", ")
    }
}

/// Returns the settings of a gate's schema as a table.
fn settings_table(listed: &[ListedSetting]) -> Vec<String> {
    if listed.is_empty() {
        return vec!["  none".to_owned()];
    }
    // A star marks the settings that must be there.
    let name = |setting: &ListedSetting| {
        let star = if setting.is_required { "*" } else { "" };
        format!("{}{star}", setting.name)
    };
    let width = |text: &dyn Fn(&ListedSetting) -> String| {
        let widths = listed.iter().map(|setting| text(setting).chars().count());
        widths.max().unwrap_or(0)
    };
    let (names, kinds) = (width(&name), width(&|setting| setting.accepts.clone()));
    let line = |setting: &ListedSetting| {
        let default = match setting.default.as_str() {
            "" => String::new(),
            default => format!("[default {default}]"),
        };
        let (name, kind) = (name(setting), &setting.accepts);
        let description = &setting.description;
        let line = format!("  {name:<names$}  {kind:<kinds$}  {description} {default}");
        line.trim_end().to_owned()
    };
    listed.iter().map(line).collect()
}
