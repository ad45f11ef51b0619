//! One gate by itself: loaded as it is for a rollout, and its answer for people.

use std::path::Path;

use anyhow::{Context as _, bail};
use gates::Host;
use rollout::{GateAnswer, Kind, Verdict};
use serde_json::Value;

use crate::assemble::{self, ReadyGate};
use crate::cli::{GateArgs, GateRunArgs};
use crate::config::{GateConfig, HeaderRule, PluginSource};
use crate::exit;
use crate::output::Output;

/// Loads the gate that the flags name, for a live call.
///
/// # Errors
/// When it cannot be read or loaded, its settings break its schema, or it wants to reach what it may not.
pub(super) async fn load(host: &Host, args: &GateRunArgs) -> anyhow::Result<ReadyGate> {
    let mut config = config(&args.gate, None)?;
    config.allow.clone_from(&args.allow);
    config.redact.clone_from(&args.redact);
    for text in &args.header {
        let rule = header(text)?;
        config.allow.push(rule.origin.clone());
        config.headers.push(rule);
    }
    assemble::one_gate(host, &config).await
}

/// Reads `ORIGIN NAME=VALUE`.
fn header(text: &str) -> anyhow::Result<HeaderRule> {
    let parts = text.split_once(' ');
    let parts = parts.and_then(|(origin, field)| Some((origin, field.split_once('=')?)));
    let (origin, (field, value)) = parts.with_context(|| {
        format!(
            "--header {text:?} is not an origin and a field; write it like \"https://api.example.com \
             authorization=Bearer env:TOKEN\""
        )
    })?;
    Ok(HeaderRule::parse(origin, field, value)?)
}

fn config(args: &GateArgs, settings: Option<&Value>) -> anyhow::Result<GateConfig> {
    Ok(GateConfig {
        name: name_of(&args.plugin),
        plugin: PluginSource::parse(&args.plugin, Path::new(""))?,
        sha256: None,
        kind: args.kind.map(Into::into),
        settings: match (&args.settings, settings) {
            (Some(text), _) => self::settings(text)?,
            (None, Some(settings)) => settings.clone(),
            (None, None) => Value::Object(serde_json::Map::new()),
        },
        allow: Vec::new(),
        headers: Vec::new(),
        redact: Vec::new(),
        limits: gates::Limits::default(),
    })
}

/// The same for a call that reaches nothing: what the gate wants to reach need not be granted.
///
/// # Errors
/// As for a live one.
pub(super) async fn load_offline(
    host: &Host,
    args: &GateArgs,
    settings: Option<&Value>,
) -> anyhow::Result<ReadyGate> {
    let config = config(args, settings)?;
    assemble::one_gate_offline(host, &config).await
}

/// Returns the one question that the gate is to be asked.
///
/// # Errors
/// When it answers both and none is chosen.
pub(super) fn kind(ready: &ReadyGate) -> anyhow::Result<Kind> {
    match ready.kinds[..] {
        [kind] => Ok(kind),
        _ => bail!(
            "{} answers two questions; choose one with --kind",
            ready.config.name
        ),
    }
}

fn settings(text: &str) -> anyhow::Result<Value> {
    let (what, text) = match text.strip_prefix('@') {
        Some(path) => {
            let text = std::fs::read_to_string(path)
                .with_context(|| format!("cannot read the settings {path}"))?;
            (path.to_owned(), text)
        }
        None => ("--settings".to_owned(), text.to_owned()),
    };
    let value: Value =
        serde_json::from_str(&text).with_context(|| format!("{what} is not JSON"))?;
    match value.is_object() {
        true => Ok(value),
        false => bail!("{what} is not a JSON object, such as {{\"path\": \"/ready\"}}"),
    }
}

/// Returns the name of a gate that has none in a configuration.
fn name_of(plugin: &str) -> String {
    let stem = Path::new(plugin).file_stem();
    stem.map_or_else(
        || plugin.to_owned(),
        |stem| stem.to_string_lossy().into_owned(),
    )
}

/// Says what a gate answered.
pub(super) fn tell(kind: Kind, answer: &GateAnswer, output: &Output) {
    match &answer.result {
        Ok(report) => {
            let word = report.verdict.word();
            output.text(&format!(
                "{kind} {}: {word}: {}",
                answer.gate, report.reason
            ));
            for number in &report.measurements {
                output.text(&format!(
                    "  {} of {}: {} {}",
                    number.name, number.subject, number.value, number.unit
                ));
            }
        }
        Err(failure) => output.text(&format!(
            "{kind} {}: failed to answer: {failure}",
            answer.gate
        )),
    }
    output.text(&format!("answered in {} ms", answer.took_ms));
}

/// Returns the exit code of an answer.
pub(super) fn code(answer: &GateAnswer) -> u8 {
    match &answer.result {
        Ok(report) if report.verdict == Verdict::Pass => exit::PROMOTED,
        Ok(_) => exit::GATE_SAID_NO,
        Err(_) => exit::FAILED,
    }
}
