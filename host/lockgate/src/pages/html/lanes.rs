//! The rows of marks on the timeline: what each gate answered, and what was written and read.

use super::axis::{TimeAxis, clock};
use super::panel::{LegendEntry, MarginLabel, Panel, frame};
use super::svg::{Across, Down, Svg, Symbol};
use crate::story::{Process, Verdict, What};

/// The height of a row.
const ROW: u32 = 26;
/// Marks of the same kind that are nearer than this are one, in per cent of the width.
const NEAR: f64 = 0.45;
/// The words for answers, with the classes of their marks.
const WORDS: [(&str, &str); 5] = [
    ("pass", "pass"),
    ("fail", "fail"),
    ("hold", "hold"),
    ("failure", "could not answer"),
    ("not-waited-for", "not waited for"),
];

/// Returns the word for an answer, for people.
pub(super) fn word(verdict: &str) -> &str {
    let found = WORDS.iter().find(|(word, _)| *word == verdict);
    found.map_or(verdict, |(_, words)| words)
}

/// Returns the symbol and the class of an answer.
pub(super) fn symbol(verdict: &Verdict) -> (&'static str, &'static str) {
    match (verdict.verdict.as_str(), verdict.advisory) {
        ("pass", false) => ("s-pass", "pass"),
        ("pass", true) => ("s-pass", "pass advisory"),
        ("fail", false) => ("s-fail", "fail"),
        ("fail", true) => ("s-fail", "fail advisory"),
        ("hold", _) => ("s-hold", "hold"),
        ("failure", _) => ("s-failure", "failure"),
        _ => ("s-quiet", "quiet"),
    }
}

/// Returns the panel of the gates, a row each; `None` where none was asked.
pub(super) fn gates(process: &Process, axis: TimeAxis, prefix: &str) -> Option<Panel> {
    let answered = |name: &str| verdicts(process).any(|(_, _, verdict)| verdict.gate == name);
    let names = process.gates.iter().map(|gate| gate.name.as_str());
    let rows: Vec<&str> = names.filter(|name| answered(name)).collect();
    if rows.is_empty() {
        return None;
    }
    let height = ROW * u32::try_from(rows.len()).unwrap_or(1) + 4;
    let mut svg = Svg::default();
    frame(&mut svg, process, axis, height);
    let mut margin = Vec::new();
    let mut y = ROW / 2 + 2;
    for row in &rows {
        margin.push(MarginLabel {
            text: gates::sanitise(row, 40),
            y,
        });
        let middle = Down(f64::from(y));
        svg.line("row", (Across(0.0), middle), (Across(100.0), middle));
        let mut last: Option<(&str, Across)> = None;
        for (index, at_ms, verdict) in verdicts(process) {
            let x = axis.at(at_ms);
            let is_near = |(word, at): (&str, Across)| word == verdict.verdict && x.0 - at.0 < NEAR;
            if verdict.gate != *row || (last.is_some_and(is_near) && !verdict.turned) {
                continue;
            }
            last = Some((verdict.verdict.as_str(), x));
            let id = format!("{prefix}v{index}");
            draw(&mut svg, verdict, (x, middle), &clock(at_ms), &id);
        }
        y += ROW;
    }
    Some(Panel {
        title: "Gates".to_owned(),
        about: about(process, &rows),
        height,
        margin,
        legend: legend(process),
        svg: svg.into_text(),
        has_links: true,
    })
}

/// Returns the answers of a process, each with its place among what happened, and its time.
fn verdicts(process: &Process) -> impl Iterator<Item = (usize, u64, &Verdict)> {
    let happened = process.happened.iter().enumerate();
    happened.filter_map(|(index, happened)| match &happened.what {
        What::Verdict(verdict) => Some((index, happened.at_ms, verdict)),
        _ => None,
    })
}

fn draw(svg: &mut Svg, verdict: &Verdict, at: (Across, Down), when: &str, id: &str) {
    let (symbol, class) = symbol(verdict);
    let title = format!(
        "{when}: {} {}: {}: {}",
        verdict.kind,
        verdict.gate,
        word(&verdict.verdict),
        gates::sanitise(&verdict.reason, 160)
    );
    // A pass is in the list below; hundreds of links would be in the way of a keyboard.
    let link = (verdict.verdict != "pass").then_some(id);
    svg.mark(&Symbol {
        symbol,
        class,
        at,
        title: &title,
        link,
    });
}

fn about(process: &Process, rows: &[&str]) -> String {
    let of_row = |row: &&str| {
        let of = |(word, words): &(&str, &str)| {
            let of_row = verdicts(process).filter(|(_, _, verdict)| verdict.gate == **row);
            let count = of_row
                .filter(|(_, _, verdict)| verdict.verdict == *word)
                .count();
            (count > 0).then(|| format!("{count} {words}"))
        };
        let counts: Vec<String> = WORDS.iter().filter_map(of).collect();
        format!("{row}: {}", counts.join(", "))
    };
    let rows: Vec<String> = rows.iter().map(of_row).collect();
    format!("What gates answered. {}.", rows.join("; "))
}

fn legend(process: &Process) -> Vec<LegendEntry> {
    let is_there = |word: &str| verdicts(process).any(|(_, _, verdict)| verdict.verdict == word);
    let drawn = WORDS.iter().filter(|(word, _)| is_there(word));
    drawn
        .map(|(word, words)| LegendEntry {
            class: match *word {
                "not-waited-for" => "quiet",
                word => word,
            }
            .to_owned(),
            text: (*words).to_owned(),
        })
        .collect()
}

/// Returns the panel of what was written and read.
pub(super) fn writes_and_reads(process: &Process, axis: TimeAxis) -> Panel {
    let height = ROW * 2 + 4;
    let places = [ROW / 2 + 2, ROW + ROW / 2 + 2];
    let rows = places.map(|y| Down(f64::from(y)));
    let mut svg = Svg::default();
    frame(&mut svg, process, axis, height);
    for middle in rows {
        svg.line("row", (Across(0.0), middle), (Across(100.0), middle));
    }
    let mut writes = 0;
    for happened in &process.happened {
        let What::Write {
            purpose,
            traffic,
            became,
            ..
        } = &happened.what
        else {
            continue;
        };
        writes += 1;
        let (symbol, class) = match became.as_str() {
            "done" => ("s-write", "write"),
            _ => ("s-fail", "fail"),
        };
        let title = format!("{}: {purpose}: {traffic}: {became}", clock(happened.at_ms));
        svg.mark(&Symbol {
            symbol,
            class,
            at: (axis.at(happened.at_ms), rows[0]),
            title: &gates::sanitise(&title, 240),
            link: None,
        });
    }
    let mut last = Across(-1.0);
    for at_ms in &process.reads {
        let x = axis.at(*at_ms);
        if x.0 - last.0 >= NEAR {
            last = x;
            svg.line(
                "looked",
                (x, Down(rows[1].0 - 5.0)),
                (x, Down(rows[1].0 + 5.0)),
            );
        }
    }
    let labels = ["writes", "reads"].into_iter().zip(places);
    Panel {
        title: "Writes and reads".to_owned(),
        about: format!(
            "{writes} writes and {} reads of the app.",
            process.reads.len()
        ),
        height,
        margin: labels
            .map(|(text, y)| MarginLabel {
                text: text.to_owned(),
                y,
            })
            .collect(),
        legend: Vec::new(),
        svg: svg.into_text(),
        has_links: false,
    }
}
