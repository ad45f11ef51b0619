//! The timeline as SVG: the canary's weight as wanted and as measured, the answers of the gates, reads and writes, and the numbers
//! of both revisions below. Coordinates alone; the page has the colours.

use std::fmt::Write as _;

use crate::story::{Point, Process, What};

/// The width of a drawing in its own units; the page scales it.
const WIDTH: f64 = 960.0;
/// What is left of the axis for its labels.
const LEFT: f64 = 46.0;
/// What is right of it.
const RIGHT: f64 = 12.0;
/// The height of the drawing of weights, and of each of the smaller ones.
const TALL: f64 = 200.0;
const LOW: f64 = 80.0;
/// The most marks of answers that are drawn: more of them would cover each other.
const MARKS_MAX: usize = 400;

/// From a time to the place on the axis.
struct Axis {
    last_ms: f64,
}

impl Axis {
    #[expect(clippy::cast_precision_loss, reason = "a place on a screen")]
    fn x(&self, at_ms: u64) -> f64 {
        LEFT + (WIDTH - LEFT - RIGHT) * (at_ms as f64 / self.last_ms).min(1.0)
    }
}

#[expect(clippy::cast_precision_loss, reason = "a place on a screen")]
fn axis(process: &Process) -> Axis {
    Axis {
        last_ms: process.lasted_ms.max(1) as f64,
    }
}

/// Returns the drawing of weights and answers.
pub(super) fn weights(process: &Process) -> String {
    let axis = axis(process);
    let y = |weight: f64| TALL - 30.0 - (TALL - 50.0) * weight / 100.0;
    let mut svg = begin(TALL, "The canary's weight over time");
    for weight in [0, 25, 50, 75, 100] {
        let y = y(f64::from(weight));
        let _ = write!(
            svg,
            r#"<line class="grid" x1="{LEFT}" y1="{y:.1}" x2="{:.1}" y2="{y:.1}"/><text class="tick" x="{:.1}" y="{:.1}">{weight} %</text>"#,
            WIDTH - RIGHT,
            LEFT - 6.0,
            y + 4.0
        );
    }
    times(&mut svg, process, TALL);
    let mut path = format!("M{LEFT:.1} {:.1}", y(0.0));
    for happened in &process.happened {
        if let What::Read(_) = happened.what {
            let (x, y) = (axis.x(happened.at_ms), y(f64::from(happened.weight)));
            let _ = write!(path, "H{x:.1}V{y:.1}");
        }
    }
    let _ = write!(path, "H{:.1}", WIDTH - RIGHT);
    let _ = write!(svg, r#"<path class="wanted" d="{path}"/>"#);
    let shares = process.points.iter().filter(|point| point.name == "share");
    for point in shares.take(MARKS_MAX) {
        let _ = write!(
            svg,
            r#"<circle class="measured" cx="{:.1}" cy="{:.1}" r="3.5"><title>measured {:.1} % ({})</title></circle>"#,
            axis.x(point.at_ms),
            y(point.value),
            point.value,
            escaped(&point.from)
        );
    }
    marks(&mut svg, process, &axis, &y);
    svg.push_str("</svg>");
    svg
}

/// Draws the answers, the writes and the turn.
fn marks(svg: &mut String, process: &Process, axis: &Axis, y: &impl Fn(f64) -> f64) {
    for happened in process.happened.iter().take(4 * MARKS_MAX) {
        let (x, y) = (axis.x(happened.at_ms), y(f64::from(happened.weight)));
        let (class, shape, title) = match &happened.what {
            What::Verdict(verdict) => (
                verdict.verdict.as_str(),
                "M0 -5L5 0L0 5L-5 0Z",
                format!("{}: {}", verdict.gate, verdict.verdict),
            ),
            What::Write {
                purpose, became, ..
            } => ("write", "M-4 -4H4V4H-4Z", format!("{purpose}: {became}")),
            What::TurnedBack(why) => ("turned", "M0 -9L8 6H-8Z", format!("rolling back: {why}")),
            What::Read(_) | What::Note(_) => continue,
        };
        let _ = write!(
            svg,
            r#"<path class="mark {class}" transform="translate({x:.1} {y:.1})" d="{shape}"><title>{}</title></path>"#,
            escaped(&title)
        );
    }
}

/// Returns the drawing of one number of both revisions; `None` where nothing was measured.
pub(super) fn numbers(process: &Process, name: &str, label: &str) -> Option<String> {
    let of_name: Vec<&Point> = process
        .points
        .iter()
        .filter(|point| point.name == name)
        .collect();
    let most = of_name
        .iter()
        .map(|point| point.value.abs())
        .fold(0.0, f64::max);
    if of_name.is_empty() {
        return None;
    }
    let most = if most > 0.0 { most * 1.1 } else { 1.0 };
    let axis = axis(process);
    let y = |value: f64| LOW - 14.0 - (LOW - 24.0) * (value / most).clamp(0.0, 1.0);
    let mut svg = begin(LOW, label);
    let _ = write!(
        svg,
        r#"<line class="grid" x1="{LEFT}" y1="{:.1}" x2="{:.1}" y2="{:.1}"/><text class="tick" x="{:.1}" y="14">{}</text><text class="tick" x="{:.1}" y="{:.1}">0</text>"#,
        y(0.0),
        WIDTH - RIGHT,
        y(0.0),
        LEFT - 6.0,
        short(most / 1.1),
        LEFT - 6.0,
        y(0.0) + 4.0
    );
    for subject in ["stable", "canary"] {
        let mut path = String::new();
        for point in of_name.iter().filter(|point| point.subject == subject) {
            let letter = if path.is_empty() { 'M' } else { 'L' };
            let _ = write!(
                path,
                "{letter}{:.1} {:.1}",
                axis.x(point.at_ms),
                y(point.value)
            );
        }
        if !path.is_empty() {
            let _ = write!(svg, r#"<path class="line {subject}" d="{path}"/>"#);
        }
        let dots = of_name.iter().filter(|point| point.subject == subject);
        for point in dots.take(MARKS_MAX) {
            let _ = write!(
                svg,
                r#"<circle class="dot {subject}" cx="{:.1}" cy="{:.1}" r="2.5"/>"#,
                axis.x(point.at_ms),
                y(point.value)
            );
        }
    }
    svg.push_str("</svg>");
    Some(svg)
}

fn begin(height: f64, label: &str) -> String {
    format!(
        r#"<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{}" preserveAspectRatio="none">"#,
        escaped(label)
    )
}

/// Writes five times below the axis.
fn times(svg: &mut String, process: &Process, height: f64) {
    let axis = axis(process);
    for part in 0..=4 {
        let at_ms = process.lasted_ms / 4 * part;
        let _ = write!(
            svg,
            r#"<text class="time{}" x="{:.1}" y="{:.1}">{}</text>"#,
            match part {
                0 => " first",
                4 => " last",
                _ => "",
            },
            axis.x(at_ms),
            height - 8.0,
            super::words::since(at_ms)
        );
    }
}

fn short(value: f64) -> String {
    if value >= 100.0 {
        format!("{value:.0}")
    } else if value >= 1.0 {
        format!("{value:.1}")
    } else {
        format!("{value:.2}")
    }
}

fn escaped(text: &str) -> String {
    let text = gates::sanitise(text, 300);
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
