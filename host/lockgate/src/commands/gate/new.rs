//! `lockgate gate new`: writes the folder of a new gate, and says what to type next. Read `templates` for what is written.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::ValueEnum as _;
use serde_json::json;

use super::printed::Printed;
use crate::cli::{GateNewArgs, NewKind};
use crate::exit::Exit;
use crate::output::Output;
use crate::shell_words::quoted;
use crate::templates::{Language, NewFolder, NewGate, RenderedFile};

/// Writes the folder, or lists the templates.
///
/// # Errors
/// When the folder is not empty, or cannot be written. Then nothing of the gate is there.
pub(super) fn new(args: &GateNewArgs, output: &Output) -> anyhow::Result<Exit> {
    if args.list {
        listed().print(output);
        return Ok(Exit::Success);
    }
    let gate = NewGate {
        name: args.name.clone().context("a gate needs a name")?,
        language: args.lang.context("a gate needs a language: --lang")?,
        health_check: args.kind != NewKind::PromotionGate,
        promotion_gate: args.kind != NewKind::HealthCheck,
    };
    let folder = args.dir.clone();
    let folder = folder.unwrap_or_else(|| PathBuf::from(gate.name.text()));
    let new = NewFolder::open(&folder)?;
    let files = gate.files()?;
    new.write(&files)?;
    written(&gate, &folder, &files).print(output);
    Ok(Exit::Success)
}

/// Returns the commands that build and test the gate, from where this one was typed.
fn next(gate: &NewGate, folder: &Path) -> [String; 2] {
    let build = gate.language.build();
    let is_here = folder.as_os_str().is_empty() || folder == Path::new(".");
    let build = if is_here {
        build.to_owned()
    } else {
        format!("cd {} && {build}", quoted(&folder.display().to_string()))
    };
    [build, "lockgate gate test".to_owned()]
}

/// Returns what was written, and ends with the commands to type.
pub(super) fn written(gate: &NewGate, folder: &Path, files: &[RenderedFile]) -> Printed {
    let what = match gate.kind() {
        "both" => "a health check and promotion gate",
        "promotion-gate" => "a promotion gate",
        _ => "a health check",
    };
    let next = next(gate, folder);
    let (name, language) = (gate.name.text(), gate.language.name());
    let shown = folder.display();
    let count = files.len();
    let lines = vec![
        format!("{name}: {what} in {language}, {count} files in {shown}"),
        format!("  {:<22}the gate: begin here", gate.language.source()),
        format!(
            "  {:<22}what an operator may set, with defaults",
            "settings.schema.json"
        ),
        format!(
            "  {:<22}tests, with answers by hand and from a recording",
            "cases/"
        ),
        format!("  {:<22}the kit of the language, and the contract", "sdk/"),
        format!(
            "  {:<22}how to install {}",
            "README.md",
            gate.language.needs()
        ),
        "next, build it and run its cases:".to_owned(),
        format!("  {}", next[0]),
        format!("  {}", next[1]),
    ];
    let paths: Vec<&String> = files.iter().map(|file| &file.path).collect();
    Printed {
        lines,
        events: vec![json!({
            "event": "gate-written", "name": name, "language": gate.language.flag(), "kind": gate.kind(),
            "folder": folder, "files": paths, "component": gate.component(), "next": next,
        })],
    }
}

/// Returns the table of the languages.
pub(super) fn listed() -> Printed {
    let mut printed = Printed::default();
    printed.line(format!(
        "{:<9}{:<12}{:<40}build",
        "--lang", "language", "needs"
    ));
    for language in Language::value_variants() {
        let (flag, name, needs, build) = (
            language.flag(),
            language.name(),
            language.needs(),
            language.build(),
        );
        printed.line(format!("{flag:<9}{name:<12}{needs:<40}{build}"));
        printed.events.push(json!({
            "event": "template", "language": flag, "name": name, "needs": needs, "build": build,
        }));
    }
    printed
}
