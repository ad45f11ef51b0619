//! What Prometheus is asked.

use crate::settings::Selector;

/// For so long a series that is gone is remembered: one that comes back does not count from 0.
const REMEMBERED: &str = "1h";

/// The values of the label that tells the revisions apart.
#[derive(Debug, Clone, Copy)]
pub(super) struct Label<'a> {
    pub(super) name: &'a str,
    pub(super) stable: &'a str,
    pub(super) canary: &'a str,
}

impl Label<'_> {
    /// Returns the matcher of both revisions.
    pub(super) fn both(&self) -> String {
        let (stable, canary) = (pattern(self.stable), pattern(self.canary));
        format!("{}=~\"{stable}|{canary}\"", self.name)
    }

    /// Returns the matcher of the stable.
    pub(super) fn of_stable(&self) -> String {
        format!("{}=~\"{}\"", self.name, pattern(self.stable))
    }
}

/// Returns the query for how much a counter grew in each slice, by revision.
///
/// `increase` says how much a series grew that was there before, and sees its resets; of a series that is new in the slice it
/// would miss the first value, which may be the first failure of all. Where `known` had no series before the slice,
/// Prometheus has just begun to look, and nothing can be said.
pub(super) fn increase(counter: &str, known: &str, slice_s: u32, label: &str) -> String {
    let before = before(counter, slice_s);
    format!(
        "sum by ({label}) ((increase({counter}[{slice_s}s]) and {before}) or ({counter} unless {before})) \
         and on () count({})",
        self::before(known, slice_s)
    )
}

fn before(counter: &str, slice_s: u32) -> String {
    format!("last_over_time({counter}[{REMEMBERED}] offset {slice_s}s)")
}

/// Returns the query for the values of a label.
pub(super) fn values_of(label: &str, selector: &Selector, ending: &str, matcher: &str) -> String {
    format!("group by ({label}) ({})", selector.with(ending, matcher))
}

/// Returns the matcher of a bucket's bound in seconds, however it is written: `0.5`, `.50`, `1`, `1.0`.
pub(super) fn bound(slower_than_ms: f64) -> String {
    let (whole, fraction) = seconds(slower_than_ms);
    let whole = if whole == 0 {
        "0?".to_owned()
    } else {
        whole.to_string()
    };
    if fraction.is_empty() {
        let whole = whole.trim_end_matches('?');
        format!("le=~\"{whole}([.]0*)?\"")
    } else {
        format!("le=~\"{whole}[.]{fraction}0*\"")
    }
}

/// Returns milliseconds as whole seconds and the digits behind them, to a nanosecond.
fn seconds(ms: f64) -> (u64, String) {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a cast of floats saturates, and a bound is above 0"
    )]
    let nanoseconds = (ms * 1e6).round() as u64;
    let fraction = format!("{:09}", nanoseconds % 1_000_000_000);
    (
        nanoseconds / 1_000_000_000,
        fraction.trim_end_matches('0').to_owned(),
    )
}

/// Returns a text as a pattern that matches it alone, as it stands in a string of a query.
fn pattern(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '"' => pattern.push_str("\\\""),
            '\\' => pattern.push_str(r"\\\\"),
            '.' | '+' | '*' | '?' | '(' | ')' | '|' | '[' | ']' | '{' | '}' | '^' | '$' => {
                pattern.push_str(r"\\");
                pattern.push(character);
            }
            other => pattern.push(other),
        }
    }
    pattern
}

/// Returns parameters as the body of a form.
pub(super) fn form(parameters: &[(&str, &str)]) -> String {
    let mut form = String::new();
    for (name, value) in parameters {
        if !form.is_empty() {
            form.push('&');
        }
        form.push_str(name);
        form.push('=');
        for byte in value.bytes() {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                form.push(char::from(byte));
            } else {
                form.push_str(&format!("%{byte:02X}"));
            }
        }
    }
    form
}
