//! `lockgate gate replay`: repeats one call, with the responses of a recording. Opens no socket, and time is virtual.

use anyhow::bail;
use gates::{Ask, PerRevision, Recording, Repeats, ReplaySource, Replayed, RequestOrder};
use rollout::{GateFailure, Report};
use serde_json::json;

use super::printed::Printed;
use super::{answer, gate_from_flags};
use crate::assemble::{self, Reach, ReadyGate};
use crate::cli::GateReplayArgs;
use crate::config::origin;
use crate::exit::Exit;
use crate::output::Output;
use crate::store::recordings;

/// The most entries that are named because they cannot be used.
const NOTES_MAX: usize = 10;

/// Replays a recording. Returns the exit code of the answer; 12 when a request has no recorded response, or
/// `--strict` finds entries that were not requested.
///
/// # Errors
/// When the component, its settings or the recording cannot be used.
pub(super) async fn replay(args: &GateReplayArgs, output: &Output) -> anyhow::Result<Exit> {
    let recording = recordings::read(&args.recording)?;
    for (entry, why) in recording.unusable().take(NOTES_MAX) {
        output.note(&format!("left out: entry {entry} cannot be used: {why}"));
    }
    for entry in recording.untimed.iter().take(NOTES_MAX) {
        output.note(&format!(
            "note: entry {entry} says no duration: it is answered at once, and latency means nothing"
        ));
    }
    let call = recording.call.as_ref();
    let loader = assemble::loader(args.gate.cache_dir.clone(), Reach::ThisMachine, output)?;
    let settings = call.map(|call| &call.ask.settings);
    let ready = gate_from_flags::load_offline(&loader, &args.gate, settings).await?;
    let (ask, source) = call_to_replay(args, &recording, &ready)?;
    let kind = ask.kind;
    let services = assemble::services(None, output);
    let replayed = recordings::replay(&ready.gate, ask, source, services).await?;
    let unused = unused_entries(&recording, &replayed);
    let mut printed = Printed::default();
    printed.events.push(json!({
        "event": "gate-replayed",
        "kind": kind,
        "answer": replayed.answer,
        "recorded": call.map(|call| rollout::answer_shape::AnswerShape::from(call.result.clone())),
        "missed": replayed.misses.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "unused": unused,
        "repeated": replayed.repeated,
    }));
    if replayed.misses.is_empty() {
        printed.lines.extend(answer::lines(kind, &replayed.answer));
        if let Some(call) = call {
            printed.line(compared(&call.result, &replayed.answer.result));
        }
    } else {
        printed.line("the answer does not count, because these were not recorded:");
        let misses = replayed.misses.iter();
        printed.lines.extend(misses.map(|miss| format!("  {miss}")));
    }
    if replayed.repeated > 0 {
        printed.line(format!("  answers given again: {}", replayed.repeated));
    }
    let unrequested = unused
        .iter()
        .map(|entry| format!("  not requested: {entry}"));
    printed.lines.extend(unrequested);
    printed.print(output);
    if replayed.misses.is_empty() && (unused.is_empty() || !args.strict) {
        Ok(answer::exit_code(&replayed.answer))
    } else {
        Ok(Exit::Failed)
    }
}

/// Returns the call and where its responses come from. A recording of lockgate holds its call; for one of another tool
/// the call is made from the flags.
fn call_to_replay(
    args: &GateReplayArgs,
    recording: &Recording,
    ready: &ReadyGate,
) -> anyhow::Result<(Ask, ReplaySource)> {
    let mut source = ReplaySource::of(recording);
    if args.repeat {
        source.repeats = Repeats::AnsweredAgain;
    }
    if args.strict {
        source.order = RequestOrder::Recorded;
    }
    let mut ask = match &recording.call {
        Some(call) => {
            if args.canary.is_some() || args.stable.is_some() {
                bail!(
                    "--canary and --stable are for recordings of other tools; this recording names its revisions itself"
                );
            }
            let mut ask = call.ask.clone();
            if !ready.kinds.contains(&ask.kind) {
                bail!(
                    "the recording is of a {}, and {} is not one",
                    ask.kind,
                    ready.config.name
                );
            }
            ask.gate.clone_from(&ready.config.name);
            ask
        }
        None => {
            let PerRevision { stable, canary } = &mut source.recorded_at;
            if let Some(url) = &args.canary {
                *canary = origin("--canary", url)?;
                stable.clone_from(canary);
            }
            if let Some(url) = &args.stable {
                *stable = origin("--stable", url)?;
            }
            if canary.is_empty() {
                bail!(
                    "recording {} has no entry that can be used, so there is nothing to replay",
                    args.recording.display()
                );
            }
            let kind = gate_from_flags::only_kind(ready)?;
            Ask::about(&ready.config.name, kind, stable, canary)
        }
    };
    ask.settings.clone_from(&ready.config.settings);
    Ok((ask, source))
}

/// Describes the entries that the gate did not request.
fn unused_entries(recording: &Recording, replayed: &Replayed) -> Vec<String> {
    let described = |index: &usize| {
        let entry = recording.entries.get(*index)?;
        if entry.method.is_empty() {
            return Some(format!("entry {index}, which cannot be used"));
        }
        let line = gates::sanitise(&format!("{} {}", entry.method, entry.url), 200);
        Some(format!("entry {index}, {line}"))
    };
    replayed.unused.iter().filter_map(described).collect()
}

fn compared(recorded: &Result<Report, GateFailure>, now: &Result<Report, GateFailure>) -> String {
    if recorded == now {
        "the same answer as recorded".to_owned()
    } else {
        format!(
            "the recorded answer differs: {}",
            answer::sentence(recorded)
        )
    }
}
