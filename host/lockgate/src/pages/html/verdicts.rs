//! The list of answers, each with its numbers and its recorded exchanges.

use rollout::Measurement;
use serde::Serialize;

use super::axis::clock;
use super::lanes::{symbol, word};
use super::lines::number;
use super::text::shown;
use crate::story::{Process, ShownExchange, Verdict, What};

/// The answers about one stage.
#[derive(Debug, Serialize)]
pub(super) struct GroupView {
    name: String,
    verdicts: Vec<VerdictView>,
}

#[derive(Debug, Serialize)]
struct VerdictView {
    id: String,
    symbol: &'static str,
    class: &'static str,
    word: String,
    gate: String,
    kind: String,
    when: String,
    weight: u32,
    is_advisory: bool,
    has_turned: bool,
    reason: String,
    took: u64,
    details: Vec<String>,
    measurements: Vec<[String; 3]>,
    recording: String,
    exchanges: Vec<ExchangeView>,
}

#[derive(Debug, Serialize)]
struct ExchangeView {
    method: String,
    url: String,
    answer: String,
    is_good: bool,
    took: String,
    body: String,
}

/// Returns the answers of a process by their stages; the ids of its elements begin with `prefix`.
pub(super) fn groups(process: &Process, prefix: &str) -> Vec<GroupView> {
    let mut groups: Vec<GroupView> = Vec::new();
    for (index, happened) in process.happened.iter().enumerate() {
        let What::Verdict(verdict) = &happened.what else {
            continue;
        };
        let name = stage_name(process, verdict.stage);
        if groups.last().is_none_or(|group| group.name != name) {
            let verdicts = Vec::new();
            groups.push(GroupView { name, verdicts });
        }
        let id = format!("{prefix}v{index}");
        let view = view(verdict, id, (happened.at_ms, happened.weight));
        if let Some(group) = groups.last_mut() {
            group.verdicts.push(view);
        }
    }
    groups
}

/// Returns the name of a stage, from 0.
fn stage_name(process: &Process, stage: usize) -> String {
    let all = process.stages.len();
    match process.stages.get(stage) {
        Some(at) => format!("Stage {} of {all}: {} %", stage + 1, at.weight),
        None => "After the last stage".to_owned(),
    }
}

fn view(verdict: &Verdict, id: String, (at_ms, weight): (u64, u32)) -> VerdictView {
    let (symbol, class) = symbol(verdict);
    VerdictView {
        id,
        symbol,
        class,
        word: word(&verdict.verdict).to_owned(),
        gate: shown(&verdict.gate),
        kind: verdict.kind.to_string(),
        when: clock(at_ms),
        weight,
        is_advisory: verdict.advisory,
        has_turned: verdict.turned,
        reason: shown(&verdict.reason),
        took: verdict.took_ms,
        details: verdict.details.iter().map(|line| shown(line)).collect(),
        measurements: verdict.measurements.iter().map(measurement).collect(),
        recording: shown(verdict.recording.as_deref().unwrap_or_default()),
        exchanges: verdict.exchanges.iter().map(exchange).collect(),
    }
}

fn measurement(measured: &Measurement) -> [String; 3] {
    let value = format!("{} {}", number(measured.value), measured.unit);
    [&measured.name, &measured.subject, &value].map(|text| shown(text.trim_end()))
}

fn exchange(exchange: &ShownExchange) -> ExchangeView {
    let status: Option<u16> = exchange.answer.parse().ok();
    ExchangeView {
        method: shown(&exchange.method),
        url: shown(&exchange.url),
        answer: shown(&exchange.answer),
        is_good: status.is_some_and(|status| status < 400),
        took: match exchange.took_ms {
            Some(ms) => format!("{} ms", number(ms)),
            None => String::new(),
        },
        body: shown(exchange.body.as_deref().unwrap_or_default()),
    }
}
