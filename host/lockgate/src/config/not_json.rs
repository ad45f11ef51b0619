//! The values of TOML that JSON has not: dates, infinity, what is not a number, and what is too large for one. Most of a file
//! becomes JSON (settings, answers), where a date would turn into a table and infinity into null: each is refused where it
//! stands.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeInteger, DeTable, DeValue};

/// A value that JSON has not.
pub(super) struct NotJson {
    pub(super) span: Range<usize>,
    /// Why it is refused, to follow the value's own text.
    pub(super) reason: &'static str,
}

/// Returns all of them, in no certain order.
pub(super) fn find(table: &DeTable<'_>) -> Vec<NotJson> {
    let mut found = Vec::new();
    for (_, value) in table {
        find_in(value, &mut found);
    }
    found
}

fn find_in(value: &Spanned<DeValue<'_>>, found: &mut Vec<NotJson>) {
    let reason = match value.get_ref() {
        DeValue::Table(table) => {
            found.extend(find(table));
            None
        }
        DeValue::Array(items) => {
            for item in items {
                find_in(item, found);
            }
            None
        }
        DeValue::Datetime(time) if time.date.is_none() => Some("is a time, which JSON has not"),
        DeValue::Datetime(_) => Some("is a date, which JSON has not"),
        DeValue::Float(number) => of_float(number.as_str()),
        DeValue::Integer(number) => is_too_large(number).then_some(TOO_LARGE),
        DeValue::String(_) | DeValue::Boolean(_) => None,
    };
    found.extend(reason.map(|reason| NotJson {
        span: value.span(),
        reason,
    }));
}

const TOO_LARGE: &str = "is too large for a number";

fn of_float(text: &str) -> Option<&'static str> {
    if text.ends_with("inf") || text.ends_with("nan") {
        return Some("is no number that JSON has");
    }
    let is_finite = text.parse::<f64>().is_ok_and(f64::is_finite);
    (!is_finite).then_some(TOO_LARGE)
}

fn is_too_large(number: &DeInteger<'_>) -> bool {
    let (text, radix) = (number.as_str(), number.radix());
    i64::from_str_radix(text, radix).is_err() && u64::from_str_radix(text, radix).is_err()
}
