//! Formats numbers, times and quotations for people.
//!
//! By integer arithmetic, because the standard library's formatting of floats would be a tenth of the component.

use serde_json::Value;

#[cfg(test)]
mod tests;

/// The longest quotation, in characters.
const EXCERPT_CHARACTERS_MAX: usize = 80;
const MINUTE_S: f64 = 60.0;
const HOUR_S: f64 = 3_600.0;
const DAY_S: f64 = 86_400.0;

/// Returns a non-negative number with at most `places` decimals and no trailing zeros.
pub(crate) fn decimal(value: f64, places: u32) -> String {
    let scale = 10_u64.pow(places);
    let scaled = whole(value * f64::from(10_u32.pow(places)));
    let (whole, fraction) = (scaled / scale, scaled % scale);
    if fraction == 0 {
        return grouped(whole);
    }
    let digits = format!("{fraction:0width$}", width = places as usize);
    format!("{}.{}", grouped(whole), digits.trim_end_matches('0'))
}

/// Returns a number with about three digits, such as `1,234`, `56`, `5.8` or `0.042`.
pub(crate) fn about(value: f64) -> String {
    let places = match value {
        _ if value >= 99.5 => 0,
        _ if value >= 9.95 => 1,
        _ if value >= 0.995 => 2,
        _ if value >= 0.095 => 3,
        _ => 4,
    };
    decimal(value, places)
}

/// Returns any number, also one that is none.
pub(crate) fn number(value: f64) -> String {
    if value.is_nan() {
        "not a number".to_owned()
    } else if value.is_infinite() {
        "infinitely many".to_owned()
    } else if value < 0.0 {
        format!("-{}", about(-value))
    } else {
        about(value)
    }
}

/// Returns a number of requests.
pub(crate) fn requests(value: f64) -> String {
    grouped(whole(value))
}

/// Returns a number of failures, which may be a fraction.
pub(crate) fn failures(value: f64) -> String {
    if value < 10.0 {
        decimal(value, 1)
    } else {
        requests(value)
    }
}

/// Returns a share as `5.8 %`.
pub(crate) fn percent(share: f64) -> String {
    format!("{} %", about(share * 100.0))
}

/// Returns a difference of shares as `0.05 points`, which are percentage points.
pub(crate) fn points(difference: f64) -> String {
    let number = about(difference * 100.0);
    let unit = if number == "1" { "point" } else { "points" };
    format!("{number} {unit}")
}

/// Returns a length of time, such as `50 s`, `8 min`, `2.1 h` or `3 days`, rounded up where it is coarse.
pub(crate) fn lasting(seconds: f64) -> String {
    if seconds < 2.0 * MINUTE_S {
        format!("{} s", whole(seconds.ceil()))
    } else if seconds < 2.0 * HOUR_S {
        format!("{} min", whole((seconds / MINUTE_S).ceil()))
    } else if seconds < 2.0 * DAY_S {
        format!("{} h", decimal(seconds / HOUR_S, 1))
    } else {
        format!("{} days", grouped(whole((seconds / DAY_S).ceil())))
    }
}

/// Returns the time of day of Unix seconds, such as `14:03:20 UTC`.
pub(crate) fn time_of_day(unix_s: f64) -> String {
    let second = whole(unix_s.rem_euclid(DAY_S)) % 86_400;
    let (hour, minute) = (second / 3_600, second / 60 % 60);
    format!("{hour:02}:{minute:02}:{:02} UTC", second % 60)
}

/// Returns a chance as a reader takes it in: `1 in 85,000`, or `0.4 %`.
pub(crate) fn chance(share: f64) -> String {
    if share >= 0.001 {
        return percent(share);
    }
    let one_in = share.recip();
    if one_in > 1e9 {
        // Where it is said, it is the most that it can be.
        "1 in 1,000,000,000".to_owned()
    } else {
        // Two digits: more would look exact.
        let mut step = 1_u64;
        while one_in / (step as f64) >= 100.0 {
            step *= 10;
        }
        format!("1 in {}", grouped(whole(one_in / step as f64) * step))
    }
}

/// Returns the text, cut with an ellipsis after 80 characters.
pub(crate) fn excerpt(text: &str) -> String {
    match text.char_indices().nth(EXCERPT_CHARACTERS_MAX) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

/// Returns the value as JSON text.
///
/// Its `Display` would add a second, indenting writer to the component.
pub(crate) fn json(value: &Value) -> String {
    serde_json::to_string(value).expect("every key of a value is a string")
}

/// Returns a number with its thousands apart.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a cast of floats saturates, and nothing here is negative"
)]
fn whole(value: f64) -> u64 {
    value.round() as u64
}
