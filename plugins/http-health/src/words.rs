//! Formats numbers and quotations for summaries.
//!
//! Every quotation must be bounded, because the canary's answers appear in logs.

use serde_json::Value;

#[cfg(test)]
mod tests;

/// The longest quotation, in characters.
const EXCERPT_CHARACTERS_MAX: usize = 80;

const COUNT_WORDS: [&str; 11] = [
    "no times",
    "once",
    "twice",
    "three times",
    "four times",
    "five times",
    "six times",
    "seven times",
    "eight times",
    "nine times",
    "ten times",
];

/// Returns "once", "twice", "three times" and so on; digits above ten.
pub(crate) fn times(count: usize) -> String {
    COUNT_WORDS
        .get(count)
        .map_or_else(|| format!("{count} times"), |&words| words.to_owned())
}

/// Returns a duration such as "12.5 ms", rounded to a tenth.
pub(crate) fn milliseconds(value: f64) -> String {
    format!("{} ms", decimal(value, 1))
}

/// Returns a non-negative number with at most `places` decimals and no trailing zeros.
///
/// Uses integer arithmetic, because the standard library's formatting of floats would be a tenth
/// of the component.
pub(crate) fn decimal(value: f64, places: u32) -> String {
    let scale = 10_u64.pow(places);
    let scaled = (value * scale as f64).round() as u64;
    let (whole, fraction) = (scaled / scale, scaled % scale);
    if fraction == 0 {
        return whole.to_string();
    }
    let digits = format!("{fraction:0width$}", width = places as usize);
    format!("{whole}.{}", digits.trim_end_matches('0'))
}

/// Returns the text, cut with an ellipsis after 80 characters.
pub(crate) fn excerpt(text: &str) -> String {
    match text.char_indices().nth(EXCERPT_CHARACTERS_MAX) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

/// Returns the excerpt in quotation marks, line breaks and other control characters escaped.
pub(crate) fn quoted(text: &str) -> String {
    json(&Value::from(excerpt(text)))
}

/// Returns the value as JSON text.
///
/// Its `Display` would add a second, indenting writer to the component.
pub(crate) fn json(value: &Value) -> String {
    serde_json::to_string(value).expect("every key of a value is a string")
}
