//! The lines of the timeline: latency, errors and evidence, of both revisions, each with who has measured it.

use std::collections::BTreeMap;

use super::axis::{TimeAxis, ValueAxis, round_up};
use super::panel::{LegendEntry, MarginLabel, Panel, frame, rounded};
use super::svg::{Across, Svg};
use crate::story::Process;

/// The height of a panel.
const HEIGHT: u32 = 104;
/// The most points of a line: a screen shows no more.
const POINTS_MAX: usize = 240;
/// The most lines of a panel.
const LINES_MAX: usize = 6;

/// A quantity by its name in a story, and in words.
type Quantity = (&'static str, &'static str);

/// What the panels show: a title, a unit, and the quantities.
const PANELS: [(&str, &str, &[Quantity]); 3] = [
    ("Latency", "ms", &[("latency", "latency")]),
    ("Errors", "%", &[("errors", "failed requests")]),
    (
        "Evidence",
        "powers of ten",
        &[
            ("evidence-against", "evidence against the canary"),
            ("evidence-for", "evidence for the canary"),
        ],
    ),
];

/// One measured quantity over the time of the run.
#[derive(Debug)]
pub(super) struct Series {
    /// `canary` or `stable`.
    subject: String,
    /// Who has measured it.
    from: String,
    /// What it is, for people.
    words: &'static str,
    pub(super) points: Vec<Spot>,
}

/// One measured number.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spot {
    pub(super) at_ms: u64,
    pub(super) value: f64,
}

impl Series {
    /// Returns who has measured it, for people.
    pub(super) fn source(&self) -> String {
        match self.from.as_str() {
            "platform" => "the platform's counts".to_owned(),
            "demo" => "the traffic generator".to_owned(),
            gate => format!("gate {}", gates::sanitise(gate, 60)),
        }
    }

    fn text(&self) -> String {
        let of = if self.words.contains("canary") {
            String::new()
        } else {
            format!("{}: ", gates::sanitise(&self.subject, 20))
        };
        format!("{of}{}, from {}", self.words, self.source())
    }
}

/// Returns the measured numbers of one quantity. Several numbers of one time, such as the attempts of one call, are one: their
/// median.
pub(super) fn series(process: &Process, name: &str) -> Vec<Series> {
    let mut quantities = PANELS
        .iter()
        .flat_map(|(_, _, quantities)| quantities.iter());
    let words = quantities.find(|(quantity, _)| *quantity == name);
    let words = words.map_or("share of the requests", |(_, words)| words);
    let mut found: BTreeMap<(&str, &str), BTreeMap<u64, Vec<f64>>> = BTreeMap::new();
    for point in process.points.iter().filter(|point| point.name == name) {
        if point.value.is_finite() {
            let of = found.entry((&point.subject, &point.from)).or_default();
            of.entry(point.at_ms).or_default().push(point.value);
        }
    }
    let one = |((subject, from), points): ((&str, &str), BTreeMap<u64, Vec<f64>>)| Series {
        subject: subject.to_owned(),
        from: from.to_owned(),
        words,
        points: (points.into_iter())
            .map(|(at_ms, values)| Spot {
                at_ms,
                value: median(values),
            })
            .collect(),
    };
    found.into_iter().map(one).collect()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() % 2 {
        1 => values[middle],
        _ => f64::midpoint(values[middle - 1], values[middle]),
    }
}

/// Returns the panels of what was measured.
pub(super) fn panels(process: &Process, axis: TimeAxis) -> Vec<Panel> {
    let panel = |(title, unit, quantities): &(&str, &str, &[Quantity])| {
        let series = quantities
            .iter()
            .flat_map(|(name, _)| series(process, name));
        let series: Vec<Series> = series.take(LINES_MAX).collect();
        (!series.is_empty()).then(|| drawn((title, unit), &series, process, axis))
    };
    PANELS.iter().filter_map(panel).collect()
}

fn drawn((title, unit): (&str, &str), all: &[Series], process: &Process, axis: TimeAxis) -> Panel {
    let values = || all.iter().flat_map(|series| &series.points);
    let highest = values().map(|point| point.value).fold(0.0, f64::max);
    let lowest = values().map(|point| point.value).fold(0.0, f64::min);
    let scale = ValueAxis {
        low: if lowest < 0.0 {
            -round_up(-lowest)
        } else {
            0.0
        },
        high: round_up(highest),
        top: 12.0,
        bottom: f64::from(HEIGHT) - 8.0,
    };
    let mut svg = Svg::default();
    frame(&mut svg, process, axis, HEIGHT);
    let marks = if scale.low < 0.0 {
        vec![scale.low, 0.0, scale.high]
    } else {
        vec![0.0, scale.high / 2.0, scale.high]
    };
    for value in &marks {
        let y = scale.at(*value);
        svg.line("grid", (Across(0.0), y), (Across(100.0), y));
    }
    for (number, series) in all.iter().enumerate() {
        let class = class(all, number);
        let points = thinned(&series.points);
        for pair in points.windows(2) {
            let [from, to] = [pair[0], pair[1]].map(|p| (axis.at(p.at_ms), scale.at(p.value)));
            svg.line(&format!("line {class}"), from, to);
        }
        for point in &points {
            let at = (axis.at(point.at_ms), scale.at(point.value));
            let radius = if points.len() > 60 { 1.2 } else { 2.2 };
            svg.dot(&format!("point {class}"), at, radius);
        }
    }
    let legend = (all.iter().enumerate()).map(|(number, series)| LegendEntry {
        class: format!("line {}", class(all, number)),
        text: series.text(),
    });
    let label = |value: &f64| MarginLabel {
        text: number(*value),
        y: rounded(scale.at(*value)),
    };
    Panel {
        title: format!("{title}, {unit}"),
        about: about(title, unit, all),
        height: HEIGHT,
        margin: marks.iter().map(label).collect(),
        legend: legend.collect(),
        svg: svg.into_text(),
        has_links: false,
    }
}

/// Returns the class of a line: the revisions keep their colours, and another line of the same is dashed.
fn class(all: &[Series], number: usize) -> String {
    let series = &all[number];
    let before = all[..number].iter();
    let before = before
        .filter(|other| other.subject == series.subject)
        .count();
    let colour = match (series.words.contains("canary"), series.subject.as_str()) {
        (true, _) => "both",
        (false, "stable") => "stable",
        (false, _) => "canary",
    };
    format!("{colour} dash{}", before.min(2))
}

fn about(title: &str, unit: &str, all: &[Series]) -> String {
    let series = all.iter().filter_map(|series| {
        let values = series.points.iter().map(|point| point.value);
        let highest = values.fold(f64::MIN, f64::max);
        let last = series.points.last().map(|point| point.value)?;
        Some(format!(
            "{}: {} at the end, {} at the most",
            series.text(),
            number(last),
            number(highest)
        ))
    });
    let series: Vec<String> = series.collect();
    format!("{title} in {unit}. {}.", series.join("; "))
}

/// Returns a number for people, with three digits at least.
pub(super) fn number(value: f64) -> String {
    let rounded = match value.abs() {
        size if size >= 100.0 => value.round(),
        size if size >= 10.0 => (value * 10.0).round() / 10.0,
        _ => (value * 100.0).round() / 100.0,
    };
    // There is no negative zero for people.
    format!("{}", rounded + 0.0)
}

/// Returns so many points that a screen shows them all: of neighbours the one that is farthest from zero.
pub(super) fn thinned(points: &[Spot]) -> Vec<Spot> {
    let size = points.len().div_ceil(POINTS_MAX).max(1);
    let farthest = |chunk: &[Spot]| {
        let by_size = |a: &&Spot, b: &&Spot| a.value.abs().total_cmp(&b.value.abs());
        chunk.iter().max_by(by_size).copied()
    };
    points.chunks(size).filter_map(farthest).collect()
}
