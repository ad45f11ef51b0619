//! The status codes that the operator expects: single codes, ranges, or a list of both.

use std::fmt;
use std::ops::RangeInclusive;

use serde_json::Value;

use super::error::SettingsError;
use super::table::Table;

/// A set of status codes, at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedStatus(Vec<RangeInclusive<u16>>);

impl ExpectedStatus {
    /// Returns whether the code is expected.
    pub fn contains(&self, status: u16) -> bool {
        self.0.iter().any(|range| range.contains(&status))
    }

    /// Reads the set. The schema cannot say that the lower end of a range comes first.
    pub(super) fn of(table: &Table) -> Result<Self, SettingsError> {
        let key = "expected-status";
        let value = table.get(key).ok_or_else(|| table.incomplete(key))?;
        let items = match value {
            Value::Array(items) => items.as_slice(),
            single => std::slice::from_ref(single),
        };
        let ranges: Option<Vec<_>> = items.iter().map(range).collect();
        let wanted = "ranges with the lower end first, such as \"200-299\"";
        let ranges = ranges.ok_or_else(|| SettingsError::refused(key, value, wanted))?;
        Ok(Self(ranges))
    }
}

fn range(value: &Value) -> Option<RangeInclusive<u16>> {
    let (low, high) = match value {
        Value::String(text) => {
            let (low, high) = text.split_once('-').unwrap_or((text, text));
            (low.parse().ok()?, high.parse().ok()?)
        }
        number => {
            let code = u16::try_from(number.as_u64()?).ok()?;
            (code, code)
        }
    };
    (low <= high).then_some(low..=high)
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
