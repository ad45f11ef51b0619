//! A story as one page of HTML that needs nothing else: the drawing, a table of the stages, every answer with its exchanges.

use anyhow::Context as _;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value, context};
use serde::Serialize;

use super::{drawing, words};
use crate::story::{Process, Story, Verdict, What};

/// The page with its styles.
const PAGE: &str = include_str!("page.html");

/// Returns the page. Everything that is not ours is escaped by the template.
pub(super) fn html(story: &Story) -> anyhow::Result<String> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.add_template("page", PAGE)?;
    let page = environment.get_template("page")?;
    let processes: Vec<Shown<'_>> = story.processes.iter().map(shown).collect();
    let last = story.processes.last().context("a run has a process")?;
    let rendered = page.render(context! {
        run => story.run.as_str(),
        processes => Value::from(Serde(processes)),
        app => last.app.name.as_str(),
        word => words::outcome(last),
        tone => tone(last),
    });
    Ok(rendered?)
}

/// One process as the page shows it.
#[derive(Serialize)]
struct Shown<'a> {
    intent: &'a str,
    began: &'a str,
    lasted: String,
    lockgate: &'a str,
    resource_group: &'a str,
    subscription: &'a str,
    stable: Option<&'a rollout::Revision>,
    canary: Option<&'a rollout::Revision>,
    result: &'a str,
    serves: Option<&'a str>,
    next: Option<&'a str>,
    exit_code: Option<u8>,
    emergency: Option<&'a str>,
    promises: &'a [String],
    advisory: Vec<String>,
    weights: String,
    numbers: Vec<Drawn>,
    stages: Vec<Row>,
    gates: &'a [crate::event::GateShape],
    events: Vec<Line<'a>>,
    journal: &'a str,
}

/// A drawing of numbers.
#[derive(Serialize)]
struct Drawn {
    label: &'static str,
    from: String,
    svg: String,
}

/// A row of the table of stages.
#[derive(Serialize)]
struct Row {
    weight: u32,
    began: String,
    lasted: String,
    measured: String,
    answers: String,
}

/// One line of what happened.
#[derive(Serialize)]
struct Line<'a> {
    at: String,
    weight: u32,
    class: &'a str,
    text: String,
    verdict: Option<&'a Verdict>,
    kind: String,
}

fn shown(process: &Process) -> Shown<'_> {
    let ended = process.ended.as_ref();
    let numbers = [
        ("errors", "errors, per cent of the requests"),
        ("latency", "latency, milliseconds"),
        (
            "evidence-against",
            "evidence against the canary, powers of ten",
        ),
        ("evidence-for", "evidence for the canary, powers of ten"),
    ];
    let drawn = numbers.into_iter().filter_map(|(name, label)| {
        let svg = drawing::numbers(process, name, label)?;
        let from = from(process, name);
        Some(Drawn { label, from, svg })
    });
    Shown {
        intent: words::intent(&process.intent),
        began: &process.began,
        lasted: words::since(process.lasted_ms),
        lockgate: &process.lockgate,
        resource_group: &process.app.resource_group,
        subscription: &process.app.subscription,
        stable: process.stable.as_ref(),
        canary: process.canary.as_ref(),
        result: words::result(process),
        serves: ended.map(|ended| ended.serves.as_str()),
        next: ended.and_then(|ended| ended.next.as_deref()),
        exit_code: ended.map(|ended| ended.exit_code),
        emergency: process.emergency.as_deref(),
        promises: &process.promises,
        advisory: ended.map(advisory).unwrap_or_default(),
        weights: drawing::weights(process),
        numbers: drawn.collect(),
        stages: rows(process),
        gates: &process.gates,
        events: process.happened.iter().map(line).collect(),
        journal: &process.journal_sha256,
    }
}

/// Returns who has measured a number.
fn from(process: &Process, name: &str) -> String {
    let points = process.points.iter().filter(|point| point.name == name);
    let mut sources: Vec<&str> = points.map(|point| point.from.as_str()).collect();
    sources.sort_unstable();
    sources.dedup();
    sources.join(", ")
}

fn advisory(ended: &crate::event::Ended) -> Vec<String> {
    let line = |advice: &crate::event::Advice| match &advice.would_have {
        Some(would) => format!("{} would have {would}", advice.gate),
        None => format!("{} gave no answer", advice.gate),
    };
    ended.advisory.iter().map(line).collect()
}

fn rows(process: &Process) -> Vec<Row> {
    let before = Row {
        weight: 0,
        began: "–".to_owned(),
        lasted: "–".to_owned(),
        measured: "–".to_owned(),
        answers: words::answers_at(process, 0),
    };
    let row = |stage: &crate::story::StageStory| Row {
        weight: stage.weight,
        began: stage
            .reached_ms
            .map_or_else(|| "–".to_owned(), words::since),
        lasted: words::lasted(stage, process),
        measured: measured(process, stage),
        answers: words::answers_at(process, stage.weight),
    };
    std::iter::once(before)
        .chain(process.stages.iter().map(row))
        .collect()
}

/// Returns the canary's share that was measured last in a stage.
fn measured(process: &Process, stage: &crate::story::StageStory) -> String {
    let Some(reached) = stage.reached_ms else {
        return "–".to_owned();
    };
    let left = stage.left_ms.unwrap_or(u64::MAX);
    let mut shares = (process.points.iter()).filter(|point| point.name == "share");
    let in_stage = shares.rfind(|point| (reached..=left).contains(&point.at_ms));
    in_stage.map_or_else(|| "–".to_owned(), |point| format!("{:.1} %", point.value))
}

fn line(happened: &crate::story::Happened) -> Line<'_> {
    let (class, text, verdict, kind) = match &happened.what {
        What::Verdict(verdict) => (
            verdict.verdict.as_str(),
            verdict.reason.clone(),
            Some(verdict),
            verdict.kind.to_string(),
        ),
        What::Read(traffic) => ("read", format!("read back: {traffic}"), None, String::new()),
        What::Write {
            purpose,
            traffic,
            became,
        } => (
            "write",
            format!("{purpose}: {traffic} ({became})"),
            None,
            String::new(),
        ),
        What::Note(sentence) => ("note", sentence.clone(), None, String::new()),
        What::TurnedBack(why) => (
            "turned",
            format!("rolling back: {why}"),
            None,
            String::new(),
        ),
    };
    Line {
        at: words::since(happened.at_ms),
        weight: happened.weight,
        class,
        text,
        verdict,
        kind,
    }
}

/// Returns how the page's first line looks.
fn tone(process: &Process) -> &'static str {
    match process.ended.as_ref().map(|ended| ended.exit_code) {
        Some(0) => "good",
        Some(13) => "held",
        Some(20 | 21) => "stuck",
        _ => "bad",
    }
}
