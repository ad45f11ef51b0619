//! The timeline: the weight that was wanted, read back and measured, what gates said, reads and writes, latency, errors and
//! evidence; all under each other, over the same time.

use super::axis::{TimeAxis, ValueAxis, clock};
use super::lanes;
use super::lines::{self, Series};
use super::panel::{LegendEntry, MarginLabel, Panel, frame, rounded};
use super::svg::{Across, Down, Svg};
use crate::story::{Process, What};

/// The height of the panel of the weights.
const WEIGHT_HEIGHT: u32 = 150;

/// Returns the panels of a process; none where nothing has happened over time.
pub(super) fn panels(process: &Process, prefix: &str) -> Vec<Panel> {
    if process.lasted_ms == 0 || process.canary.is_none() {
        return Vec::new();
    }
    let axis = TimeAxis::to(process.lasted_ms);
    let mut panels = vec![weight(process, axis)];
    panels.extend(lanes::gates(process, axis, prefix));
    panels.push(lanes::writes_and_reads(process, axis));
    panels.extend(lines::panels(process, axis));
    panels
}

/// Returns the labels of the time axis, each with its place across.
pub(super) fn ticks(process: &Process) -> Vec<(String, String)> {
    let axis = TimeAxis::to(process.lasted_ms);
    let ticks = axis.ticks().into_iter();
    ticks
        .map(|at_ms| {
            (
                axis.at(at_ms).to_string(),
                clock(at_ms).trim_end_matches(".0").to_owned(),
            )
        })
        .collect()
}

/// A level that lasts from one time to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Level {
    from_ms: u64,
    to_ms: u64,
    per_cent: u32,
}

/// Returns levels from the times at which each begins. One that is the same as the one before goes on.
fn levels(begins: impl Iterator<Item = (u64, u32)>, last_ms: u64) -> Vec<Level> {
    let mut levels: Vec<Level> = Vec::new();
    for (from_ms, per_cent) in begins {
        if let Some(last) = levels.last_mut() {
            if last.per_cent == per_cent {
                continue;
            }
            last.to_ms = from_ms;
        }
        levels.push(Level {
            from_ms,
            to_ms: last_ms,
            per_cent,
        });
    }
    levels
}

fn weight(process: &Process, axis: TimeAxis) -> Panel {
    let values = ValueAxis {
        low: 0.0,
        high: 100.0,
        top: 18.0,
        bottom: f64::from(WEIGHT_HEIGHT) - 6.0,
    };
    let mut svg = Svg::default();
    let wide = (Across(0.0), Across(100.0));
    for per_cent in [0.0, 25.0, 50.0, 75.0, 100.0] {
        let y = values.at(per_cent);
        svg.line("grid", (wide.0, y), (wide.1, y));
    }
    frame(&mut svg, process, axis, WEIGHT_HEIGHT);
    let last_ms = process.lasted_ms;
    let read = process.happened.iter().filter_map(|happened| {
        matches!(happened.what, What::Read(_)).then_some((happened.at_ms, happened.weight))
    });
    let read = levels(read, last_ms);
    for level in &read {
        let (from, to) = (axis.at(level.from_ms), axis.at(level.to_ms));
        let y = values.at(f64::from(level.per_cent));
        svg.rect("served", (from, y), (to, values.at(0.0)));
        svg.line("read", (from, y), (to, y));
    }
    for pair in read.windows(2) {
        let x = axis.at(pair[1].from_ms);
        let [from, to] = [pair[0], pair[1]].map(|level| values.at(f64::from(level.per_cent)));
        svg.line("read", (x, from), (x, to));
    }
    let wanted = process
        .happened
        .iter()
        .filter_map(|happened| match &happened.what {
            What::Write { wanted, became, .. } if !became.starts_with("refused") => {
                wanted.map(|wanted| (happened.at_ms, wanted))
            }
            _ => None,
        });
    for level in levels(wanted, last_ms) {
        let (from, to) = (axis.at(level.from_ms), axis.at(level.to_ms));
        let y = values.at(f64::from(level.per_cent));
        svg.line("wanted", (from, y), (to, y));
        if to.0 - from.0 > 6.0 && level.per_cent > 0 {
            let text = format!("{} %", level.per_cent);
            svg.label("level", (from, Down(y.0 - 4.0)), &text);
        }
    }
    let shares = lines::series(process, "share");
    for point in shares
        .iter()
        .flat_map(|series| lines::thinned(&series.points))
    {
        let at = (axis.at(point.at_ms), values.at(point.value));
        svg.dot("measured", at, 3.0);
    }
    Panel {
        title: "Weight of the canary".to_owned(),
        about: about_weight(&read),
        height: WEIGHT_HEIGHT,
        margin: percents(values),
        legend: legend_of_weight(&shares),
        svg: svg.into_text(),
        has_links: false,
    }
}

fn percents(values: ValueAxis) -> Vec<MarginLabel> {
    [0_u8, 50, 100]
        .into_iter()
        .map(|per_cent| MarginLabel {
            text: format!("{per_cent} %"),
            y: rounded(values.at(f64::from(per_cent))),
        })
        .collect()
}

fn about_weight(read: &[Level]) -> String {
    let steps: Vec<String> = read
        .iter()
        .map(|level| format!("{} % from {}", level.per_cent, clock(level.from_ms)))
        .collect();
    format!("The canary's weight as read back: {}.", steps.join(", "))
}

fn legend_of_weight(shares: &[Series]) -> Vec<LegendEntry> {
    let entry = |class: &str, text: String| LegendEntry {
        class: class.to_owned(),
        text,
    };
    let mut legend = vec![
        entry("wanted", "wanted: as written".to_owned()),
        entry("read", "read back from the platform".to_owned()),
    ];
    if !shares.is_empty() {
        let sources: Vec<String> = shares.iter().map(Series::source).collect();
        let text = format!(
            "measured: share of the requests, from {}",
            sources.join(", ")
        );
        legend.push(entry("measured", text));
    }
    legend
}
