//! `lockgate gate backtest`: a changed gate is put to every recorded question of past runs.

use std::path::Path;

use anyhow::bail;
use gates::{Facts, ReplaySource, Replayed, Services};
use rollout::{GateFailure, Report};
use serde_json::json;

use super::one;
use crate::cli::GateBacktestArgs;
use crate::output::Output;
use crate::parallel::side_by_side;
use crate::store::history::{self, End, PastRun};
use crate::{assemble, exit};

/// What the gate's answer now means, against the recorded one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    Agreed,
    WouldHaveCaught,
    WouldHaveBlocked,
    WouldHaveSaidNo,
    WouldHavePassed,
    AnotherNo,
    CouldNotAnswer,
}

impl Change {
    const ALL: [(Change, &'static str); 7] = [
        (Change::Agreed, "agreed"),
        (
            Change::WouldHaveCaught,
            "would have caught: says no to a canary that was rolled back later",
        ),
        (
            Change::WouldHaveBlocked,
            "would have blocked: says no to a canary that was promoted",
        ),
        (
            Change::WouldHaveSaidNo,
            "would have said no, in a run that ended otherwise",
        ),
        (
            Change::WouldHavePassed,
            "would have passed what was not passed",
        ),
        (
            Change::AnotherNo,
            "does not pass either, but answers otherwise",
        ),
        (
            Change::CouldNotAnswer,
            "could not answer: asked for what was never recorded",
        ),
    ];

    fn words(self) -> &'static str {
        let found = Change::ALL.iter().find(|(change, _)| *change == self);
        found.map_or("", |(_, words)| words)
    }
}

/// One recorded question.
struct Past<'a> {
    run: &'a PastRun,
    file: &'a Path,
    facts: &'a Facts,
    world: ReplaySource,
}

/// Puts them all.
///
/// # Errors
/// When the gate cannot be used, or there is nothing to put to it.
pub(super) async fn backtest(args: &GateBacktestArgs, output: &Output) -> anyhow::Result<u8> {
    let host = assemble::host(args.gate.cache_dir.clone(), output)?;
    let ready = one::load_offline(&host, &args.gate, None).await?;
    let (runs, problems) = history::read(&args.runs)?;
    for problem in &problems {
        output.note(&format!("left out: {problem:#}"));
    }
    let about = &ready.gate.description().name;
    let is_meant = |facts: &Facts| match &args.name {
        Some(name) => facts.ask.gate == *name,
        None => facts.component.name == *about,
    };
    let mut past = Vec::new();
    for run in &runs {
        for (file, recording) in &run.recordings {
            let facts = recording.facts.as_ref();
            if let Some(facts) = facts.filter(|facts| is_meant(facts)) {
                let world = ReplaySource::of(recording);
                past.push(Past {
                    run,
                    file,
                    facts,
                    world,
                });
            }
        }
    }
    if past.is_empty() {
        bail!(
            "none of {} runs asked {}; name the gate as it is configured with --name",
            runs.len(),
            args.name.as_deref().unwrap_or(about)
        );
    }
    let settings = args.gate.settings.as_ref().map(|_| &ready.config.settings);
    let replayed = side_by_side(&past, async |past: &Past<'_>| {
        let mut ask = past.facts.ask.clone();
        if let Some(settings) = settings {
            ask.settings.clone_from(settings);
        }
        ready
            .gate
            .replay(&ask, past.world.clone(), Services::silent())
            .await
    })?;
    let changes: Vec<Change> = past
        .iter()
        .zip(&replayed)
        .map(|(p, r)| change(p, r))
        .collect();
    for ((past, replayed), change) in past.iter().zip(&replayed).zip(&changes) {
        if *change != Change::Agreed {
            show(past, replayed, *change, output);
        }
    }
    table(&changes, runs.len(), output);
    Ok(
        match changes.iter().all(|change| *change == Change::Agreed) {
            true => exit::PROMOTED,
            false => exit::NOT_AS_EXPECTED,
        },
    )
}

fn word(result: &Result<Report, GateFailure>) -> &'static str {
    match result {
        Ok(report) => report.verdict.word(),
        Err(_) => "failure",
    }
}

fn change(past: &Past<'_>, replayed: &Replayed) -> Change {
    if !replayed.misses.is_empty() {
        return Change::CouldNotAnswer;
    }
    match (
        word(&past.facts.result),
        word(&replayed.answer.result),
        past.run.end,
    ) {
        (then, now, _) if then == now => Change::Agreed,
        ("pass", _, End::RolledBack) => Change::WouldHaveCaught,
        ("pass", _, End::Promoted) => Change::WouldHaveBlocked,
        ("pass", _, End::Other) => Change::WouldHaveSaidNo,
        (_, "pass", _) => Change::WouldHavePassed,
        _ => Change::AnotherNo,
    }
}

fn show(past: &Past<'_>, replayed: &Replayed, change: Change, output: &Output) {
    let said = |result: &Result<Report, GateFailure>| match result {
        Ok(report) => format!("{}: {}", report.verdict.word(), report.reason),
        Err(failure) => format!("failure: {failure}"),
    };
    let ask = &past.facts.ask;
    output.text(&format!(
        "{}, {} at {} %, run {}:",
        past.file.display(),
        ask.kind,
        ask.weight,
        past.run.end.words()
    ));
    output.text(&format!("  recorded  {}", said(&past.facts.result)));
    match replayed.misses.first() {
        Some(miss) => output.text(&format!("  now       no answer: {miss}")),
        None => output.text(&format!("  now       {}", said(&replayed.answer.result))),
    }
    output.json(&json!({
        "event": "changed",
        "change": change.words(),
        "file": past.file,
        "run": past.run.folder,
        "run-ended": past.run.end.words(),
        "recorded": past.facts.result,
        "now": replayed.answer.result,
        "missed": replayed.misses.iter().map(ToString::to_string).collect::<Vec<_>>(),
    }));
}

fn table(changes: &[Change], runs: usize, output: &Output) {
    output.text(&format!("{} questions of {runs} runs", changes.len()));
    let mut counts = serde_json::Map::new();
    for (change, words) in Change::ALL {
        let count = changes.iter().filter(|has| **has == change).count();
        output.text(&format!("{count:>7}  {words}"));
        counts.insert(
            words.split(':').next().unwrap_or(words).to_owned(),
            json!(count),
        );
    }
    output.json(&json!({ "event": "backtested", "questions": changes.len(), "runs": runs, "counts": counts }));
}
