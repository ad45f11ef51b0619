//! The status codes that the operator expects: single codes, ranges, or a list of both.
//!
//! An empty set is refused, because no answer could meet it.

use std::fmt;
use std::ops::RangeInclusive;

use serde_json::Value;

use super::error::SettingsError;
use super::table::{Table, whole};

const CODES: RangeInclusive<u16> = 100..=599;

/// A set of status codes, at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedStatus(Vec<RangeInclusive<u16>>);

impl ExpectedStatus {
    /// Returns whether the code is expected.
    pub fn contains(&self, status: u16) -> bool {
        self.0.iter().any(|range| range.contains(&status))
    }

    pub(super) fn of(table: &Table) -> Result<Self, SettingsError> {
        let wanted = "a code such as 204, a range such as \"200-299\" (lower end first), or a list \
                      of these, each from 100 to 599";
        let ranges = table.read("expected-status", wanted, |value| match value {
            Value::Array(items) if items.is_empty() => None,
            Value::Array(items) => items.iter().map(range).collect(),
            single => range(single).map(|range| vec![range]),
        })?;
        Ok(Self(ranges.unwrap_or_else(|| vec![200..=299])))
    }
}

fn range(value: &Value) -> Option<RangeInclusive<u16>> {
    let (low, high) = match value {
        Value::String(text) => {
            let (low, high) = text.split_once('-').unwrap_or((text, text));
            (code(low)?, code(high)?)
        }
        number => {
            let code = u16::try_from(whole(number)?).ok()?;
            (code, code)
        }
    };
    let usable = CODES.contains(&low) && CODES.contains(&high) && low <= high;
    usable.then_some(low..=high)
}

/// Parses exactly three digits; `parse` alone would also accept `+200` and `0200`.
fn code(text: &str) -> Option<u16> {
    let digits = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok())?
}

impl fmt::Display for ExpectedStatus {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, range) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            write!(formatter, "{separator}{}", range.start())?;
            if range.start() != range.end() {
                write!(formatter, "-{}", range.end())?;
            }
        }
        Ok(())
    }
}
