//! The scales of the timeline: time across, numbers up.

use super::svg::{Across, Down};

/// Steps of the time axis, in milliseconds.
const STEPS: [u64; 17] = [
    100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 120_000, 300_000, 600_000,
    1_800_000, 3_600_000, 7_200_000, 21_600_000, 86_400_000,
];
/// So many steps of the time axis at the most.
const TICKS_MAX: u64 = 6;

/// The time across the drawing.
#[derive(Debug, Clone, Copy)]
pub(super) struct TimeAxis {
    whole_ms: u64,
}

impl TimeAxis {
    /// Returns an axis from the beginning to this time.
    pub(super) fn to(last_ms: u64) -> TimeAxis {
        TimeAxis {
            whole_ms: last_ms.max(1),
        }
    }

    /// Returns where a time is, 0 to 100. A little room is left at the end for the marks there.
    #[expect(clippy::cast_precision_loss, reason = "a run takes no 2^53 ms")]
    pub(super) fn at(self, at_ms: u64) -> Across {
        let share = at_ms.min(self.whole_ms) as f64 / self.whole_ms as f64;
        Across(0.8 + share * 98.0)
    }

    /// Returns the times that are labelled.
    pub(super) fn ticks(self) -> Vec<u64> {
        let step = STEPS
            .into_iter()
            .find(|step| self.whole_ms / step <= TICKS_MAX)
            .unwrap_or(self.whole_ms / TICKS_MAX);
        let step = usize::try_from(step.max(1)).unwrap_or(usize::MAX);
        (0..=self.whole_ms).step_by(step).collect()
    }
}

/// The numbers of a panel, from its bottom to its top.
#[derive(Debug, Clone, Copy)]
pub(super) struct ValueAxis {
    pub(super) low: f64,
    pub(super) high: f64,
    /// The room above the highest number and below the lowest, in pixels.
    pub(super) top: f64,
    pub(super) bottom: f64,
}

impl ValueAxis {
    /// Returns where a number is.
    pub(super) fn at(self, value: f64) -> Down {
        let span = (self.high - self.low).max(f64::MIN_POSITIVE);
        let share = ((value - self.low) / span).clamp(0.0, 1.0);
        Down(self.bottom - share * (self.bottom - self.top))
    }
}

/// Returns a round number that is at least this one.
pub(super) fn round_up(value: f64) -> f64 {
    if !value.is_finite() || value <= 0.0 {
        return 1.0;
    }
    let power = 10_f64.powf(value.log10().floor());
    let steps = [1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.5, 10.0];
    let step = steps
        .into_iter()
        .find(|step| step * power >= value * 0.999_999);
    step.unwrap_or(10.0) * power
}

/// Returns a time since the beginning, such as `1:05.2`.
pub(super) fn clock(at_ms: u64) -> String {
    let (hours, minutes) = (at_ms / 3_600_000, at_ms / 60_000 % 60);
    let (seconds, tenths) = (at_ms / 1_000 % 60, at_ms / 100 % 10);
    match hours {
        0 => format!("{minutes}:{seconds:02}.{tenths}"),
        hours => format!("{hours}:{minutes:02}:{seconds:02}.{tenths}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn top_of_an_axis_is_round_and_not_below_the_highest_number() {
        for (value, top) in [
            (0.0, 1.0),
            (0.3, 0.3),
            (7.0, 7.5),
            (12.0, 15.0),
            (101.0, 150.0),
        ] {
            assert!((round_up(value) - top).abs() < 1e-9, "{value}");
        }
    }

    #[test]
    fn time_axis_has_few_labels_however_long_the_run_is() {
        for whole_ms in [0, 5, 1_000, 90_000, 3_600_000, 1_000_000_000] {
            let ticks = TimeAxis::to(whole_ms).ticks();
            assert!((1..=8).contains(&ticks.len()), "{whole_ms}: {ticks:?}");
        }
    }
}
