//! Makes the rows of the live view for a terminal of any size from 40 columns on. Pure. Where there is too little room, what
//! matters least is left out first; what comes next, and what Ctrl-C does, stay.

use std::time::Duration;

use rollout::{Timestamp, human};

use super::view::{Evidence, GateView, NextView, RunView, Sign, SplitView, StageState, StageView};
use crate::output::{Row, Size, Tone};

/// The widest that a bar is drawn.
const BAR_MAX: usize = 30;
/// The narrowest bar that still shows anything.
const BAR_MIN: usize = 5;
/// The widest that the name of a gate is shown.
const NAME_MAX: usize = 24;
/// The most gates and stages that have a row each.
const ROWS_MAX: usize = 6;
/// The terminals that are narrower show less of each trend.
const NARROW: usize = 60;

/// Rows that belong together, with what they are worth: the larger the number, the sooner they are left out.
type Block = (u8, Vec<Row>);

/// Returns the rows of the view at a time of its own clock.
pub(in crate::report) fn draw(view: &RunView, size: Size, now: Timestamp) -> Vec<Row> {
    let width = size.width;
    let mut blocks: Vec<Block> = vec![(2, title(view, width, now))];
    if let Some(turned) = &view.turned {
        blocks.push((1, Row::headed("", Tone::Bad, turned, width, 2)));
    }
    blocks.extend(stages(&view.stages, width, now));
    blocks.push((4, split(&view.split, width)));
    blocks.extend(gates(&view.gates, width, now));
    if let Some(holder) = &view.holder {
        blocks.push((6, Row::headed("held by  ", Tone::Plain, holder, width, 3)));
    }
    if let Some(failure) = &view.failure {
        blocks.push((5, Row::headed("failed   ", Tone::Bad, failure, width, 2)));
    }
    if let Some(sentence) = next(&view.next, now) {
        blocks.push((
            1,
            Row::headed("next     ", Tone::Strong, &sentence, width, 3),
        ));
    }
    blocks.push((0, Row::headed("", Tone::Faint, &view.ctrl_c, width, 2)));
    fitting(blocks, size.height)
}

/// Returns the rows of the blocks that there is room for.
fn fitting(mut blocks: Vec<Block>, height: usize) -> Vec<Row> {
    let rows = |blocks: &[Block]| blocks.iter().map(|(_, rows)| rows.len()).sum::<usize>();
    while rows(&blocks) > height && blocks.len() > 1 {
        let least = blocks.iter().enumerate().max_by_key(|(_, block)| block.0);
        let Some((index, _)) = least else { break };
        blocks.remove(index);
    }
    let rows = blocks.into_iter().flat_map(|(_, rows)| rows);
    rows.take(height).collect()
}

fn title(view: &RunView, width: usize, now: Timestamp) -> Vec<Row> {
    let since = view.began.map(|began| {
        let elapsed = began.until(now);
        format!(", for {}", in_seconds(elapsed))
    });
    let title = format!("{}{}", view.title, since.unwrap_or_default());
    Row::headed("", Tone::Strong, &title, width, 2)
}

/// Returns a duration in whole seconds.
fn in_seconds(duration: Duration) -> String {
    human(Duration::from_secs(duration.as_secs()))
}

/// Returns the time that is left until `until`; `None` once it is over.
fn left(now: Timestamp, until: Timestamp) -> Option<String> {
    let left = now.until(until).as_millis().div_ceil(1_000);
    let left = u64::try_from(left).unwrap_or(u64::MAX);
    (left > 0).then(|| human(Duration::from_secs(left)))
}

/// Returns the stages, one row each; of many those around the one that goes on.
fn stages(stages: &[StageView], width: usize, now: Timestamp) -> Vec<Block> {
    let is_over = |stage: &StageView| stage.state == StageState::Baked;
    let current = stages.iter().take_while(|stage| is_over(stage)).count();
    let first = current
        .saturating_sub(ROWS_MAX / 2)
        .min(stages.len().saturating_sub(ROWS_MAX));
    let shown = stages.iter().enumerate().skip(first).take(ROWS_MAX);
    let labels: Vec<(usize, &StageView, String)> = shown
        .map(|(index, stage)| (index, stage, label(stage, now)))
        .collect();
    let widest = labels
        .iter()
        .map(|(_, _, label)| label.chars().count())
        .max();
    let bar = width.saturating_sub(10 + widest.unwrap_or(0)).min(BAR_MAX);
    let row = |(index, stage, label): (usize, &StageView, String)| {
        let worth = if index == current { 1 } else { 3 };
        (worth, vec![stage_row(stage, &label, bar, now)])
    };
    labels.into_iter().map(row).collect()
}

fn stage_row(stage: &StageView, label: &str, bar: usize, now: Timestamp) -> Row {
    let (of_bar, of_label) = match stage.state {
        StageState::Ahead => (Tone::Faint, Tone::Faint),
        StageState::Now(_) => (Tone::Open, Tone::Open),
        StageState::Baking(_) => (Tone::Open, Tone::Plain),
        StageState::Baked => (Tone::Good, Tone::Faint),
        StageState::Lost => (Tone::Bad, Tone::Faint),
    };
    let row = Row::of(Tone::Plain, &format!("{:>4} %  ", stage.weight));
    if bar < BAR_MIN {
        return row.and(of_label, label);
    }
    let done = filled(stage, bar, now);
    row.and(of_bar, &"━".repeat(done))
        .and(Tone::Faint, &"─".repeat(bar - done))
        .and(of_label, &format!("  {label}"))
}

/// Returns how much of a bar is filled.
fn filled(stage: &StageView, bar: usize, now: Timestamp) -> usize {
    match (&stage.state, stage.bake) {
        (StageState::Ahead | StageState::Now(_), _) => 0,
        (StageState::Baked | StageState::Lost, _) => bar,
        (StageState::Baking(since), Some(bake)) => {
            let (done, all) = (since.until(now).as_millis(), bake.as_millis().max(1));
            let done = done.saturating_mul(bar.try_into().unwrap_or(0)) / all;
            usize::try_from(done).unwrap_or(bar).min(bar)
        }
        // How long it will take is not known, so the bar says only that it goes on.
        (StageState::Baking(_), None) => bar,
    }
}

fn label(stage: &StageView, now: Timestamp) -> String {
    let approval = if stage.pauses {
        ", then an approval"
    } else {
        ""
    };
    match (&stage.state, stage.bake) {
        (StageState::Ahead, Some(bake)) => format!("{}{approval}", human(bake)),
        (StageState::Ahead, None) => "ahead".to_owned(),
        (StageState::Now(what), _) => (*what).to_owned(),
        (StageState::Baking(since), Some(bake)) => match left(now, since.after(bake)) {
            Some(left) => format!("{left} left"),
            None => "baked; health is asked".to_owned(),
        },
        (StageState::Baking(since), None) => format!("for {}", in_seconds(since.until(now))),
        (StageState::Baked, _) => "done".to_owned(),
        (StageState::Lost, _) => "taken back".to_owned(),
    }
}

fn split(split: &SplitView, width: usize) -> Vec<Row> {
    let Some(wanted) = split.wanted else {
        return Vec::new();
    };
    let mut parts = vec![format!("{wanted} % wanted")];
    parts.extend(split.read.map(|read| format!("{read} % read")));
    parts.extend(split.measured.clone());
    let is_so = split.read.is_none_or(|read| read == wanted);
    let tone = if is_so { Tone::Plain } else { Tone::Open };
    Row::headed("split    ", tone, &parts.join(", "), width, 2)
}

/// Returns the gates, one row each, and what each has measured.
fn gates(gates: &[GateView], width: usize, now: Timestamp) -> Vec<Block> {
    let shown = || gates.iter().take(ROWS_MAX);
    let widest = shown().map(|gate| gate.name.chars().count()).max();
    let most = NAME_MAX.min(width / 3);
    let name_width = widest.unwrap_or(0).min(most);
    let mut blocks: Vec<Block> = Vec::new();
    for gate in shown() {
        blocks.push((3, vec![gate_row(gate, name_width, width, now)]));
        if let Some(evidence) = &gate.evidence {
            let text = evidence_in_words(evidence);
            let indent = " ".repeat(name_width + 2);
            blocks.push((5, Row::headed(&indent, Tone::Faint, &text, width, 2)));
        }
    }
    if gates.len() > ROWS_MAX {
        let more = format!("and {} more gates", gates.len() - ROWS_MAX);
        blocks.push((6, vec![Row::of(Tone::Faint, &more)]));
    }
    blocks
}

fn gate_row(gate: &GateView, name_width: usize, width: usize, now: Timestamp) -> Row {
    let name = Row::of(Tone::Plain, &gate.name).cut(name_width);
    let space = name_width + 2 - name.width();
    let mut row = name.and(Tone::Plain, &" ".repeat(space));
    let most = if width < NARROW { 4 } else { 8 };
    for sign in gate
        .trend
        .iter()
        .skip(gate.trend.len().saturating_sub(most))
    {
        row = match sign {
            Sign::Pass => row.and(Tone::Good, "✓"),
            Sign::Fail => row.and(Tone::Bad, "✗"),
            Sign::Hold => row.and(Tone::Open, "~"),
            Sign::Unanswered => row.and(Tone::Bad, "?"),
        };
    }
    if !gate.trend.is_empty() {
        row = row.and(Tone::Plain, " ");
    }
    let asking = gate
        .asked
        .map(|since| since.until(now))
        .filter(|asking| asking.as_secs() > 0);
    match asking {
        Some(asking) => row.and(
            Tone::Open,
            &format!("being asked for {}", in_seconds(asking)),
        ),
        None => row.and(Tone::Plain, &gate.said),
    }
}

fn evidence_in_words(evidence: &Evidence) -> String {
    let factor = |name: &str, log10: Option<f64>| Some(format!("{name} ×{}", factor(log10?)));
    let needed = evidence
        .needed
        .map(|needed| format!("{needed:.0} requests to go"));
    let failed = |name: &str, counted: Option<(f64, f64)>| {
        counted.map(|(failures, requests)| format!("{name} {failures:.0} of {requests:.0} failed"))
    };
    let parts = [
        factor("against", evidence.against),
        factor("for", evidence.in_favour),
        needed,
        failed("canary", evidence.canary),
        failed("stable", evidence.stable),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    format!("evidence {}", parts.join(", "))
}

/// Returns a factor by its decimal logarithm, with as many digits as one looks at.
fn factor(log10: f64) -> String {
    match log10 {
        log10 if log10 >= 4.0 => format!("10^{log10:.0}"),
        log10 if log10 >= 1.0 => format!("{:.0}", 10_f64.powf(log10)),
        log10 if log10 >= -1.0 => format!("{:.1}", 10_f64.powf(log10)),
        log10 => format!("10^{log10:.0}"),
    }
}

/// Returns what comes next as a sentence; `None` where nothing does.
fn next(next: &NextView, now: Timestamp) -> Option<String> {
    if next.what.is_empty() {
        return None;
    }
    let mut sentence = next.what.clone();
    let at = next.at.and_then(|at| left(now, at));
    if let Some(left) = &at {
        sentence.push_str(&format!(" in {left}"));
    }
    if !next.when.is_empty() {
        let comma = if at.is_some() { "," } else { "" };
        sentence.push_str(&format!("{comma} {}", next.when));
    }
    if let Some((until, what)) = next.or_else
        && let Some(left) = left(now, until)
    {
        sentence.push_str(&format!("; else {what} in {left}"));
    }
    Some(sentence)
}
