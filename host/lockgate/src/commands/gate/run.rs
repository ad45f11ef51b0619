//! `lockgate gate run` and `gate record`: one call of a gate over the network, without a rollout.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use gates::{Recording, Secrets};
use rollout::ports::Gates as _;
use rollout::{GateAnswer, Kind};
use serde_json::json;

use super::printed::Printed;
use super::question::QuestionParts;
use super::{answer, gate_from_flags, watch};
use crate::assemble::{self, Reach};
use crate::cli::{GateCallArgs, GateRecordArgs, GateRunArgs};
use crate::config::{PluginSource, facts_of_flags};
use crate::exit::Exit;
use crate::output::Output;
use crate::store::recordings;

/// Calls a gate about a URL and shows its answer: once, or whenever the component has changed.
///
/// # Errors
/// When the component, its settings or a URL cannot be used. With `--watch` an error is printed, and the watching goes on.
pub(super) async fn run(args: &GateRunArgs, output: &Output) -> anyhow::Result<Exit> {
    if !args.watch {
        return once(args, output).await;
    }
    let files = || files(&args.call);
    watch::watch(output, files, Vec::new, async || once(args, output).await).await
}

/// Returns the files that the flags name, and that the call reads.
fn files(args: &GateCallArgs) -> Vec<PathBuf> {
    let plugin = PluginSource::parse(&args.gate.plugin, Path::new("")).ok();
    let component = plugin.and_then(|plugin| plugin.file().map(Path::to_owned));
    let settings = args.gate.settings.as_deref();
    let settings = settings.and_then(|argument| argument.strip_prefix('@'));
    let files = component.into_iter().chain(settings.map(PathBuf::from));
    files.chain(args.reports.clone()).collect()
}

async fn once(args: &GateRunArgs, output: &Output) -> anyhow::Result<Exit> {
    let LiveCall { kind, answer, .. } = call(&args.call, output).await?;
    Printed {
        lines: answer::lines(kind, &answer),
        events: vec![json!({ "event": "gate-answered", "kind": kind, "answer": answer })],
    }
    .print(output);
    Ok(answer::exit_code(&answer))
}

/// Calls a gate about a URL, shows its answer, and writes the HTTP that it saw as a recording.
///
/// # Errors
/// As for `run`, and when the recording cannot be written.
pub(super) async fn record(args: &GateRecordArgs, output: &Output) -> anyhow::Result<Exit> {
    let file = recordings::open(&args.out)?;
    let LiveCall {
        kind,
        answer,
        recording,
        secrets,
    } = call(&args.call, output).await?;
    let written = recordings::write_into(file, &args.out, &recording, &secrets);
    let mut printed = Printed {
        lines: answer::lines(kind, &answer),
        events: Vec::new(),
    };
    if written.is_ok() {
        let count = recording.entries.len();
        printed.line(format!(
            "recorded {count} exchanges in {file}; replay them with `lockgate gate replay {} {file}`",
            args.call.gate.plugin,
            file = args.out.display()
        ));
        printed.events.push(json!({
            "event": "gate-recorded", "kind": kind, "answer": answer, "file": args.out, "entries": count,
        }));
    }
    printed.print(output);
    written?;
    Ok(answer::exit_code(&answer))
}

/// A call that was made, with what it exchanged.
struct LiveCall {
    kind: Kind,
    answer: GateAnswer,
    recording: Recording,
    secrets: Arc<Secrets>,
}

async fn call(args: &GateCallArgs, output: &Output) -> anyhow::Result<LiveCall> {
    let loader = assemble::loader(args.gate.cache_dir.clone(), Reach::Network, output)?;
    let ready = gate_from_flags::load_live(&loader, args).await?;
    let kind = gate_from_flags::only_kind(&ready)?;
    let parts = QuestionParts::read(args, &ready.config.name, kind)?;
    let facts = facts_of_flags(&args.fact);
    let recorded: Arc<Mutex<Option<Recording>>> = Arc::default();
    let sink = recorded.clone();
    let set = assemble::gate_set(std::slice::from_ref(&ready), &facts, None, output)?.recorded_by(
        Arc::new(move |recording| {
            *sink.lock().unwrap_or_else(PoisonError::into_inner) = Some(recording)
        }),
    );
    let answers = set.ask(parts.question()).await;
    let answer = answers.into_iter().next();
    let answer = answer.context("the gate was not called")?;
    if let Ok(report) = &answer.result {
        parts.keep_state(report)?;
    }
    let recording = recorded
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take();
    let recording = recording.with_context(|| match &answer.result {
        Err(failure) => failure.to_string(),
        Ok(_) => "the call was not recorded".to_owned(),
    })?;
    Ok(LiveCall {
        kind,
        answer,
        recording,
        secrets: ready.secrets,
    })
}
