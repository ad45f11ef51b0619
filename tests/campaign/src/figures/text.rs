//! Numbers as the tables have them.

use super::traffic::float;

/// Returns a rate as per cent: `0.2 %`.
pub(crate) fn per_cent(rate: f64) -> String {
    format!("{} %", trimmed(rate * 100.0))
}

/// Returns how many of all there were, as per cent with two decimals.
pub(crate) fn share(count: usize, of: usize) -> f64 {
    100.0 * float(count as u64) / float(of as u64)
}

/// Returns a number of per cent: with two decimals below 10, whole above.
pub(crate) fn short(per_cent: f64) -> String {
    if per_cent < 10.0 {
        format!("{per_cent:.2}")
    } else {
        format!("{per_cent:.0}")
    }
}

/// Returns a whole number in groups of three: `23 000`.
pub(crate) fn thousands(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (place, digit) in digits.char_indices() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

/// Returns a count in groups of three.
pub(crate) fn counted(count: u64) -> String {
    thousands(float(count))
}

/// Returns the time that requests take, rounded up to looks every 10 s: `50 s`, `83 min`, `3.5 h`.
pub(crate) fn time_of(requests: f64, per_second: f64) -> String {
    let seconds = (requests / per_second / 10.0).ceil() * 10.0;
    if seconds < 600.0 {
        format!("{seconds:.0} s")
    } else if seconds < 7_200.0 {
        format!("{:.0} min", seconds / 60.0)
    } else {
        format!("{:.1} h", seconds / 3600.0)
    }
}

/// Returns the value below which this share of the values lies; those that are `None` lie above all others. `None` where it
/// is one of them, or there is no value.
pub(crate) fn quantile(values: &[Option<f64>], share: f64) -> Option<f64> {
    let mut sorted: Vec<f64> = values.iter().map(|v| v.unwrap_or(f64::INFINITY)).collect();
    sorted.sort_by(f64::total_cmp);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a place in a list"
    )]
    let place = (share * float(sorted.len().saturating_sub(1) as u64)).round() as usize;
    sorted.get(place).copied().filter(|value| value.is_finite())
}

/// Returns the median and the 90th percentile: `840 / 1 680`; a dash for what was never reached.
pub(crate) fn median_and_p90(values: &[Option<f64>]) -> String {
    let shown = |share| quantile(values, share).map_or("–".to_owned(), thousands);
    format!("{} / {}", shown(0.5), shown(0.9))
}

/// Returns a number without zeros at its end, with four decimals at the most.
fn trimmed(number: f64) -> String {
    let text = format!("{number:.4}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Returns a line of tolerance in words.
pub(crate) fn line(tolerated: evidence::Line) -> String {
    format!(
        "{} × + {} points",
        trimmed(tolerated.ratio),
        trimmed(tolerated.difference * 100.0)
    )
}

#[cfg(test)]
mod tests {
    use super::{line, median_and_p90, per_cent, quantile, short, thousands, time_of};

    #[test]
    fn numbers_are_short() {
        let shown = [
            per_cent(0.002),
            per_cent(0.05),
            short(0.034),
            short(76.4),
            thousands(840.0),
            thousands(1_234_567.0),
            line(crate::figures::detect::ours::DEFAULT),
        ];
        let expected = [
            "0.2 %",
            "5 %",
            "0.03",
            "76",
            "840",
            "1\u{202f}234\u{202f}567",
            "1.1 × + 0.05 points",
        ];
        assert_eq!(shown, expected);
    }

    #[test]
    fn times_are_rounded_up_to_looks() {
        let shown = [
            (7_800.0, 2.0),
            (7_800.0, 20.0),
            (7_800.0, 200.0),
            (25_000.0, 2.0),
        ]
        .map(|(requests, per_second)| time_of(requests, per_second));
        assert_eq!(shown, ["65 min", "390 s", "40 s", "3.5 h"]);
    }

    #[test]
    fn what_never_came_lies_above_all_that_did() {
        let values = [Some(3.0), None, Some(1.0), Some(2.0), None];
        assert_eq!(quantile(&values, 0.5), Some(3.0));
        assert_eq!(quantile(&values, 0.9), None);
        assert_eq!(median_and_p90(&values), "3 / –");
        assert_eq!(quantile(&[], 0.5), None);
    }
}
