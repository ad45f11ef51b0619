//! What the page says, in the order in which it stands there. The template escapes every text.

use rollout::human;
use serde::Serialize;

use super::axis::clock;
use super::chart::{panels, ticks};
use super::lanes::word;
use super::lines::{number, series};
use super::panel::Panel;
use super::text::shown;
use super::verdicts::{GroupView, groups};
use crate::config::GateMode;
use crate::event::{Advice, GateShape};
use crate::exit::Exit;
use crate::pages::words;
use crate::story::{Happened, Process, StageStory, Story, Verdict, What};

/// One process of a run.
#[derive(Debug, Serialize)]
pub(super) struct ProcessView {
    /// Begins the ids of its elements.
    prefix: String,
    /// Its number among the processes; 0 where there is one only.
    number: usize,
    run: String,
    intent: &'static str,
    app: String,
    outcome: String,
    tone: &'static str,
    result: String,
    serves: String,
    next: Vec<Piece>,
    emergency: String,
    facts: Vec<(&'static str, Vec<String>)>,
    decided: Option<Decided>,
    panels: Vec<Panel>,
    ticks: Vec<(String, String)>,
    stages: Vec<StageView>,
    gates: Vec<GateView>,
    advisory: Vec<String>,
    promises: Vec<String>,
    groups: Vec<GroupView>,
    verdicts: usize,
    /// Answers that are no pass.
    no_pass: usize,
    rows: Vec<RowView>,
    sources: Vec<String>,
}

/// A part of a sentence.
#[derive(Debug, Serialize)]
struct Piece {
    text: String,
    /// Whether it is to be typed.
    is_code: bool,
}

/// The answer that has turned the run back.
#[derive(Debug, Serialize)]
struct Decided {
    id: String,
    text: String,
}

#[derive(Debug, Serialize)]
struct StageView {
    name: String,
    wanted: String,
    measured: String,
    reached: String,
    lasted: String,
    answers: String,
    is_reached: bool,
}

#[derive(Debug, Serialize)]
struct GateView {
    name: String,
    kinds: String,
    mode: &'static str,
    component: String,
    sha256: String,
}

/// A row of what happened.
#[derive(Debug, Serialize)]
struct RowView {
    at_ms: u64,
    when: String,
    weight: String,
    what: String,
    detail: String,
    tone: &'static str,
    /// The id of its answer; empty where there is none.
    link: String,
}

impl ProcessView {
    pub(super) fn of(story: &Story, process: &Process, index: usize) -> ProcessView {
        let prefix = format!("p{}-", index + 1);
        let ended = process.ended.as_ref();
        let verdicts = || words::verdicts(process);
        let next = ended.and_then(|ended| ended.next.as_deref());
        ProcessView {
            number: match story.processes.len() {
                1 => 0,
                _ => index + 1,
            },
            run: shown(&story.run),
            intent: process.intent.command(),
            app: shown(&process.app.name),
            outcome: words::outcome(process).replace('-', " "),
            tone: tone(process),
            result: shown(words::result(process)),
            serves: ended.map_or_else(String::new, |ended| shown(&ended.serves)),
            next: pieces(next.unwrap_or_default()),
            emergency: shown(process.emergency.as_deref().unwrap_or_default()),
            facts: facts(story, process),
            decided: decided(process, &prefix),
            panels: panels(process, &prefix),
            ticks: ticks(process),
            stages: stages(process),
            gates: process.gates.iter().map(gate).collect(),
            advisory: ended.map_or_else(Vec::new, |ended| {
                let lines = ended.advisory.iter().map(advice);
                lines.chain(ended.unjudged.as_deref().map(shown)).collect()
            }),
            promises: process.promises.iter().map(|text| shown(text)).collect(),
            groups: groups(process, &prefix),
            verdicts: verdicts().count(),
            no_pass: verdicts()
                .filter(|(.., verdict)| verdict.verdict != "pass")
                .count(),
            rows: rows(process, &prefix),
            sources: sources(process),
            prefix,
        }
    }
}

/// Returns how the end of a process looks.
fn tone(process: &Process) -> &'static str {
    match process.ended.as_ref().map(|ended| ended.exit_code) {
        Some(0) => "good",
        Some(11 | 13) | None => "wait",
        Some(_) => "bad",
    }
}

/// Returns a sentence with the commands in it apart, which stand between back quotes.
fn pieces(sentence: &str) -> Vec<Piece> {
    let pieces = sentence.split('`').enumerate().map(|(number, text)| Piece {
        text: gates::printable(text),
        is_code: number % 2 == 1,
    });
    pieces.filter(|piece| !piece.text.is_empty()).collect()
}

fn facts(story: &Story, process: &Process) -> Vec<(&'static str, Vec<String>)> {
    let mut facts = vec![("Run", vec![shown(&story.run)])];
    for (name, revision) in [("Canary", &process.canary), ("Stable", &process.stable)] {
        if let Some(revision) = revision {
            facts.push((name, vec![shown(&revision.name), shown(&revision.image)]));
        }
    }
    let app = &process.app;
    let place = format!("{} · {}", app.resource_group, app.subscription);
    facts.push(("App", vec![shown(&app.name), shown(&place)]));
    facts.push(("Began", vec![shown(&process.began)]));
    facts.push(("Took", vec![words::since(process.lasted_ms)]));
    if let Some(ended) = &process.ended {
        let meaning = Exit::ALL
            .into_iter()
            .find(|exit| exit.code() == ended.exit_code);
        let meaning = meaning.map_or("", Exit::meaning).to_owned();
        facts.push(("Exit code", vec![ended.exit_code.to_string(), meaning]));
    }
    facts.push(("lockgate", vec![shown(&process.lockgate)]));
    facts
}

fn decided(process: &Process, prefix: &str) -> Option<Decided> {
    let mut happened = process.happened.iter().enumerate();
    let (index, happened, verdict) =
        happened.find_map(|(index, happened)| match &happened.what {
            What::Verdict(verdict) if verdict.turned => Some((index, happened, verdict)),
            _ => None,
        })?;
    let text = format!(
        "{} {} at {} %, {} after the beginning",
        verdict.kind,
        verdict.gate,
        happened.weight,
        words::since(happened.at_ms)
    );
    Some(Decided {
        id: format!("{prefix}v{index}"),
        text: shown(&text),
    })
}

fn stages(process: &Process) -> Vec<StageView> {
    let view = |(index, stage): (usize, &StageStory)| StageView {
        name: (index + 1).to_string(),
        wanted: format!("{} %", stage.weight),
        measured: measured(process, stage),
        reached: stage
            .reached_ms
            .map_or_else(|| "not reached".to_owned(), clock),
        lasted: stage
            .reached_ms
            .map_or_else(String::new, |_| words::lasted(stage, process)),
        answers: shown(&words::answers_at(process, stage.weight)),
        is_reached: stage.reached_ms.is_some(),
    };
    process.stages.iter().enumerate().map(view).collect()
}

/// Returns the canary's share that was measured last in a stage; what is measured at a weight may be known as it ends.
fn measured(process: &Process, stage: &StageStory) -> String {
    let Some(reached) = stage.reached_ms else {
        return String::new();
    };
    let left = stage.left_ms.unwrap_or(u64::MAX);
    let shares = process.points.iter().filter(|point| point.name == "share");
    let in_stage = shares.filter(|point| point.at_ms > reached && point.at_ms <= left);
    let last = in_stage.max_by_key(|point| point.at_ms);
    last.map_or_else(String::new, |point| format!("{} %", number(point.value)))
}

fn gate(gate: &GateShape) -> GateView {
    let kinds: Vec<String> = gate.kinds.iter().map(ToString::to_string).collect();
    GateView {
        name: shown(&gate.name),
        kinds: kinds.join(", "),
        mode: match gate.mode {
            GateMode::Required => "required",
            GateMode::Advisory => "advisory",
        },
        component: shown(&gate.component),
        sha256: shown(&gate.sha256),
    }
}

fn advice(advice: &Advice) -> String {
    let gate = &advice.gate;
    shown(&match (&advice.would_have, &advice.first) {
        (Some(would), Some(first)) => format!(
            "advisory {gate} would have {would} first at {}: {}",
            first.weight, first.reason
        ),
        (Some(would), None) => format!("advisory {gate} would have {would}"),
        (None, _) => format!("advisory {gate} gave no answer"),
    })
}

/// Returns what happened, without the passes of gates, and when each stage was reached.
fn rows(process: &Process, prefix: &str) -> Vec<RowView> {
    let happened = process.happened.iter().enumerate();
    let mut rows: Vec<RowView> = happened
        .filter_map(|(index, happened)| row(happened, &format!("{prefix}v{index}")))
        .collect();
    for (index, stage) in process.stages.iter().enumerate() {
        if let Some(at_ms) = stage.reached_ms {
            let bake = human(std::time::Duration::from_millis(stage.bake_ms));
            rows.push(RowView {
                at_ms,
                when: clock(at_ms),
                weight: format!("{} %", stage.weight),
                what: format!("stage {} begins to bake", index + 1),
                detail: format!("{} % for {bake}", stage.weight),
                tone: "good",
                link: String::new(),
            });
        }
    }
    rows.sort_by_key(|row| row.at_ms);
    rows
}

fn row(happened: &Happened, id: &str) -> Option<RowView> {
    let (what, detail, tone, is_verdict) = match &happened.what {
        What::Verdict(verdict) => {
            let (what, detail, tone) = answer(verdict)?;
            (what, detail, tone, true)
        }
        What::Read(traffic) => ("read back".to_owned(), traffic.to_string(), "quiet", false),
        What::Write {
            purpose,
            traffic,
            became,
            ..
        } => {
            let (detail, tone) = match became.as_str() {
                "done" => (traffic.to_string(), "quiet"),
                became => (format!("{traffic}: {became}"), "bad"),
            };
            (format!("write ({purpose})"), detail, tone, false)
        }
        What::Note(sentence) => (sentence.clone(), String::new(), "quiet", false),
        What::TurnedBack(why) => ("turned back".to_owned(), why.clone(), "bad", false),
    };
    Some(RowView {
        at_ms: happened.at_ms,
        when: clock(happened.at_ms),
        weight: format!("{} %", happened.weight),
        what: shown(&what),
        detail: shown(&detail),
        tone,
        link: if is_verdict {
            id.to_owned()
        } else {
            String::new()
        },
    })
}

/// Returns an answer in words; `None` for a pass, which stands in the list of answers.
fn answer(verdict: &Verdict) -> Option<(String, String, &'static str)> {
    let tone = match verdict.verdict.as_str() {
        "pass" => return None,
        "fail" if !verdict.advisory => "bad",
        "not-waited-for" => "quiet",
        _ => "wait",
    };
    let advisory = if verdict.advisory { " (advisory)" } else { "" };
    let word = word(&verdict.verdict);
    let what = format!("{} {}{advisory}: {word}", verdict.kind, verdict.gate);
    Some((what, verdict.reason.clone(), tone))
}

/// Returns who has measured the numbers of the timeline, in sentences.
fn sources(process: &Process) -> Vec<String> {
    let of = |(what, name): (&str, &str)| {
        let mut sources: Vec<String> = (series(process, name).iter())
            .map(super::lines::Series::source)
            .collect();
        sources.sort_unstable();
        sources.dedup();
        if sources.is_empty() {
            format!("{what}: nobody has measured it")
        } else {
            format!("{what}: from {}", sources.join(", "))
        }
    };
    [
        ("The canary's share of the requests", "share"),
        ("Latency", "latency"),
        ("Errors", "errors"),
        ("Evidence", "evidence-against"),
    ]
    .map(of)
    .to_vec()
}
