//! What every panel of the timeline has: a title, labels in its margin, a legend, and the drawing over the time of the run.

use serde::Serialize;

use super::axis::TimeAxis;
use super::svg::{Down, Svg};
use crate::story::{Process, What};

/// One panel of the timeline.
#[derive(Debug, Serialize)]
pub(super) struct Panel {
    /// What it shows.
    pub(super) title: String,
    /// The same in a sentence, for who cannot see it.
    pub(super) about: String,
    pub(super) height: u32,
    /// Labels of its rows or lines in the margin, each with its place from the top in pixels.
    pub(super) margin: Vec<MarginLabel>,
    /// What its colours mean.
    pub(super) legend: Vec<LegendEntry>,
    /// The elements of the drawing, escaped.
    pub(super) svg: String,
    /// Whether what is drawn leads to verdicts.
    pub(super) has_links: bool,
}

/// A label in the margin.
#[derive(Debug, Serialize)]
pub(super) struct MarginLabel {
    pub(super) text: String,
    pub(super) y: u32,
}

/// What a colour of a panel means.
#[derive(Debug, Serialize)]
pub(super) struct LegendEntry {
    pub(super) class: String,
    pub(super) text: String,
}

/// Draws what all panels have: the labelled times, and where the run has turned.
pub(super) fn frame(svg: &mut Svg, process: &Process, axis: TimeAxis, height: u32) {
    let bottom = Down(f64::from(height));
    for at_ms in axis.ticks() {
        let x = axis.at(at_ms);
        svg.line("grid", (x, Down(0.0)), (x, bottom));
    }
    for happened in &process.happened {
        if matches!(happened.what, What::TurnedBack(_)) {
            let x = axis.at(happened.at_ms);
            svg.line("turned", (x, Down(0.0)), (x, bottom));
        }
    }
}

/// Returns a place from the top in whole pixels.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a place in a drawing of a few hundred pixels"
)]
pub(super) fn rounded(down: Down) -> u32 {
    down.0.max(0.0).round() as u32
}
