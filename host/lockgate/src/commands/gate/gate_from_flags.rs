//! One gate from command-line flags instead of a configuration file: loaded and checked as it is for a rollout.

use std::path::Path;

use anyhow::{Context as _, bail};
use rollout::Kind;
use serde_json::Value;

use crate::assemble::{self, Loader, ReadyGate};
use crate::bounded_file;
use crate::cli::{GateArgs, GateCallArgs};
use crate::config::{AzureSection, GateConfig, GateMode, HeaderRule, PluginSource};
use crate::mistake::Place;

/// The most bytes that a file of settings may have.
const SETTINGS_BYTES_MAX: u64 = 4 << 20;

/// Loads the gate that the flags name, for a call over the network.
///
/// # Errors
/// When the component cannot be read or loaded, the settings break its schema, or `--allow` does not grant an origin
/// that the gate declares.
pub(super) async fn load_live(loader: &Loader, args: &GateCallArgs) -> anyhow::Result<ReadyGate> {
    let mut config = config(&args.gate, None)?;
    config.allow.clone_from(&args.allow);
    config.redact.clone_from(&args.redact);
    for text in &args.header {
        let rule = header(text)?;
        config.allow.push(rule.origin.clone());
        config.headers.push(rule);
    }
    let azure = AzureSection {
        endpoint: args.endpoint.clone(),
        credential: args.credential.clone(),
        ..AzureSection::default()
    };
    assemble::load_gate(loader, &config, &azure).await
}

/// Loads the gate that the flags name, for replays. Replays open no socket, so the gate's origins need no grant.
/// Without `--settings` the gate gets `default_settings`, or an empty object.
///
/// # Errors
/// When the component cannot be read or loaded, or the settings break its schema.
pub(super) async fn load_offline(
    loader: &Loader,
    args: &GateArgs,
    default_settings: Option<&Value>,
) -> anyhow::Result<ReadyGate> {
    let config = config(args, default_settings)?;
    assemble::load_gate_offline(loader, &config).await
}

/// Returns the only kind of the gate.
///
/// # Errors
/// When the gate is both a health check and a promotion gate, and `--kind` does not choose one.
pub(super) fn only_kind(ready: &ReadyGate) -> anyhow::Result<Kind> {
    match ready.kinds[..] {
        [kind] => Ok(kind),
        _ => bail!(
            "{} is a health check and a promotion gate; choose one with --kind",
            ready.config.name
        ),
    }
}

fn config(args: &GateArgs, default_settings: Option<&Value>) -> anyhow::Result<GateConfig> {
    let given_by = match (&args.settings, default_settings) {
        (Some(text), _) => settings_source(text),
        (None, Some(_)) => "the settings in the recording",
        (None, None) => "--settings",
    };
    Ok(GateConfig {
        name: name_of(&args.plugin),
        plugin: PluginSource::parse(&args.plugin, Path::new(""))?,
        sha256: None,
        kind: args.kind,
        mode: GateMode::default(),
        source: None,
        settings_given_by: given_by.to_owned(),
        settings: match (&args.settings, default_settings) {
            (Some(text), _) => settings(text)?,
            (None, Some(settings)) => settings.clone(),
            (None, None) => Value::Object(serde_json::Map::new()),
        },
        allow: Vec::new(),
        headers: Vec::new(),
        traceparent: false,
        redact: Vec::new(),
        limits: gates::Limits::default(),
    })
}

/// Parses `ORIGIN NAME=VALUE`.
fn header(text: &str) -> anyhow::Result<HeaderRule> {
    let parts = text.split_once(' ');
    let parts = parts.and_then(|(origin, field)| Some((origin, field.split_once('=')?)));
    let (origin, (field, value)) = parts.with_context(|| {
        format!(
            "--header {text:?} is not an origin and a field; write it like \"https://api.example.com \
             authorization=Bearer env:TOKEN\""
        )
    })?;
    let rule = HeaderRule::parse("header", origin, field, value);
    Ok(rule.map_err(|mistake| mistake.at(Place::Given("--header".to_owned())))?)
}

/// Parses `--settings`: JSON, or `@FILE` with JSON in the file.
fn settings(argument: &str) -> anyhow::Result<Value> {
    let source = settings_source(argument);
    let text = match argument.strip_prefix('@') {
        Some(path) => bounded_file::read_text(Path::new(path), SETTINGS_BYTES_MAX)
            .with_context(|| format!("cannot read the settings {path}"))?,
        None => argument.to_owned(),
    };
    let value: Value =
        serde_json::from_str(&text).with_context(|| format!("{source} is not JSON"))?;
    if !value.is_object() {
        bail!("{source} is not a JSON object, such as {{\"path\": \"/ready\"}}");
    }
    Ok(value)
}

/// Returns the name of what an argument of `--settings` gives settings by: the flag, or the file.
fn settings_source(argument: &str) -> &str {
    argument.strip_prefix('@').unwrap_or("--settings")
}

/// Returns the gate's name: the built-in plugin's, or the component's file name without its extension.
fn name_of(plugin: &str) -> String {
    let stem = Path::new(plugin).file_stem();
    stem.map_or_else(
        || plugin.to_owned(),
        |stem| stem.to_string_lossy().into_owned(),
    )
}
