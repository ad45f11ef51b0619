//! `lockgate gate replay`: one call again, answered from a recording.

use anyhow::bail;
use gates::{Ask, PerRevision, Recording, ReplaySource, Replayed, RequestOrder};
use rollout::{GateFailure, Report};
use serde_json::json;

use super::one;
use crate::assemble::ReadyGate;
use crate::cli::GateReplayArgs;
use crate::config::origin;
use crate::output::Output;
use crate::{assemble, exit, store::recordings};

/// Asks one gate again.
///
/// # Errors
/// When the component, its settings or the recording cannot be used.
pub(super) async fn replay(args: &GateReplayArgs, output: &Output) -> anyhow::Result<u8> {
    let recording = recordings::read(&args.recording)?;
    let facts = recording.facts.as_ref();
    let host = assemble::host(args.gate.cache_dir.clone(), output)?;
    let settings = facts.map(|facts| &facts.ask.settings);
    let ready = one::load_offline(&host, &args.gate, settings).await?;
    let (ask, world) = question(args, &recording, &ready)?;
    let kind = ask.kind;
    let services = assemble::services(None, output);
    let replayed = recordings::replay(&ready.gate, ask, world, services).await?;
    let unused = unused(&recording, &replayed);
    output.json(&json!({
        "event": "replayed",
        "kind": kind,
        "answer": replayed.answer,
        "recorded": facts.map(|facts| &facts.result),
        "missed": replayed.misses.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "unused": unused,
    }));
    if !replayed.misses.is_empty() {
        output
            .text("the answer does not count, because the gate asked for what was never recorded:");
        for miss in &replayed.misses {
            output.text(&format!("  {miss}"));
        }
    } else {
        one::tell(kind, &replayed.answer, output);
        if let Some(facts) = facts {
            output.text(&compared(&facts.result, &replayed.answer.result));
        }
    }
    for entry in &unused {
        output.text(&format!("  never asked for: {entry}"));
    }
    Ok(
        match replayed.misses.is_empty() && (unused.is_empty() || !args.strict) {
            true => one::code(&replayed.answer),
            false => exit::FAILED,
        },
    )
}

fn question(
    args: &GateReplayArgs,
    recording: &Recording,
    ready: &ReadyGate,
) -> anyhow::Result<(Ask, ReplaySource)> {
    let mut world = ReplaySource::of(recording);
    if args.strict {
        world.order = RequestOrder::Recorded;
    }
    let mut ask = match &recording.facts {
        Some(facts) => {
            if args.canary.is_some() || args.stable.is_some() {
                bail!(
                    "--canary and --stable are for recordings of other tools: this one says where its revisions were"
                );
            }
            let mut ask = facts.ask.clone();
            if !ready.kinds.contains(&ask.kind) {
                bail!(
                    "the recording is of a {}, which {} is not",
                    ask.kind,
                    ready.config.name
                );
            }
            ask.gate.clone_from(&ready.config.name);
            ask
        }
        None => {
            let PerRevision { stable, canary } = &mut world.recorded_at;
            if let Some(url) = &args.canary {
                *canary = origin("--canary", url)?;
                stable.clone_from(canary);
            }
            if let Some(url) = &args.stable {
                *stable = origin("--stable", url)?;
            }
            if canary.is_empty() {
                bail!("the recording has no entries; there is nothing to answer from");
            }
            Ask::about(&ready.config.name, one::kind(ready)?, stable, canary)
        }
    };
    ask.settings.clone_from(&ready.config.settings);
    Ok((ask, world))
}

fn unused(recording: &Recording, replayed: &Replayed) -> Vec<String> {
    let shown = |index: &usize| {
        let entry = recording.entries.get(*index)?;
        let line = gates::sanitise(&format!("{} {}", entry.method, entry.url), 200);
        Some(format!("entry {index}, {line}"))
    };
    replayed.unused.iter().filter_map(shown).collect()
}

fn compared(recorded: &Result<Report, GateFailure>, now: &Result<Report, GateFailure>) -> String {
    if recorded == now {
        return "the same answer as recorded".to_owned();
    }
    let words = |result: &Result<Report, GateFailure>| match result {
        Ok(report) => format!("{}: {}", report.verdict.word(), report.reason),
        Err(failure) => format!("failed to answer: {failure}"),
    };
    format!("recorded was another answer: {}", words(recorded))
}
