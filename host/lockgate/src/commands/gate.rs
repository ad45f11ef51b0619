//! `lockgate gate run` and `gate inspect`: one gate, without a rollout.

use std::path::Path;

use anyhow::{Context as _, bail};
use rollout::ports::{Gates as _, Question};
use rollout::{GateAnswer, Inspection, Kind, Memory, Revision, Traffic, Verdict};
use serde_json::{Value, json};

use crate::cli::{GateInspectArgs, GateRunArgs};
use crate::config::{GateConfig, PluginSource};
use crate::output::{Format, Output};
use crate::{exit, plugins, setup};

/// Asks one gate about a URL.
///
/// # Errors
/// When the component, its settings or a URL cannot be used.
pub(super) async fn run(args: &GateRunArgs, output: &Output) -> anyhow::Result<u8> {
    let canary = origin("--canary", &args.canary)?;
    let stable = match &args.stable {
        Some(url) => origin("--stable", url)?,
        None => canary.clone(),
    };
    let config = GateConfig {
        name: name_of(&args.plugin),
        plugin: PluginSource::parse(&args.plugin, Path::new(""))?,
        sha256: None,
        kind: args.kind.map(Into::into),
        settings: settings(&args.settings)?,
        allow: args.allow.clone(),
        limits: gates::Limits::default(),
    };
    let host = setup::host(args.cache_dir.clone(), output)?;
    let ready = setup::one_gate(&host, &config).await?;
    let [kind] = ready.kinds[..] else {
        bail!(
            "{} answers two questions; choose one with --kind",
            args.plugin
        );
    };
    let set = setup::gate_set(std::slice::from_ref(&ready), None, output)?;
    let inspection = pretended(stable, canary);
    let answers = set
        .ask(Question {
            kind,
            gates: std::slice::from_ref(&config.name),
            run: "gate-run",
            inspection: &inspection,
            stage: 0,
            stages: 1,
            weight: 0,
            next_weight: 100,
            asked: 1,
            memory: &Memory::default(),
        })
        .await;
    let answer = answers.first().context("the gate was not asked")?;
    output.json(&json!({ "event": "answered", "kind": kind, "answer": answer }));
    tell(kind, answer, output);
    Ok(match &answer.result {
        Ok(report) if report.verdict == Verdict::Pass => exit::PROMOTED,
        Ok(_) => exit::GATE_SAID_NO,
        Err(_) => exit::FAILED,
    })
}

fn tell(kind: Kind, answer: &GateAnswer, output: &Output) {
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

fn pretended(stable: String, canary: String) -> Inspection {
    let revision = |name: &str, url: String| Revision {
        name: name.to_owned(),
        url,
        image: String::new(),
    };
    Inspection {
        app: "none".to_owned(),
        stable: revision("stable", stable),
        canary: revision("canary", canary),
        baseline: Traffic::default(),
        now: Traffic::default(),
        record: None,
        stable_unfit: None,
    }
}

fn origin(flag: &str, text: &str) -> anyhow::Result<String> {
    let url = url::Url::parse(text).ok().filter(|url| {
        matches!(url.scheme(), "http" | "https") && url.path() == "/" && url.query().is_none()
    });
    match url {
        Some(url) => Ok(url.origin().ascii_serialization()),
        None => bail!(
            "{flag} {text:?} is not an origin; write scheme, host and port only, like http://127.0.0.1:8080 (the \
             path is the gate's own setting)"
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

fn name_of(plugin: &str) -> String {
    let stem = Path::new(plugin).file_stem();
    stem.map_or_else(
        || plugin.to_owned(),
        |stem| stem.to_string_lossy().into_owned(),
    )
}

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
