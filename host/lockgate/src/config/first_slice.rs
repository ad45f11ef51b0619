//! When the first slice of a stage can be judged.

use std::time::Duration;

use super::duration_text::DurationText;
use super::file::AzureSection;
use crate::platform::defaults as platform;

/// How a source counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counting {
    /// The length of a slice.
    pub(crate) slice: Duration,
    /// How long after its end a slice is complete.
    pub(crate) lag: Duration,
}

impl Counting {
    /// Returns how the platform counts.
    pub(crate) fn of(azure: &AzureSection) -> Counting {
        let or = |text: Option<DurationText>, usual| text.map_or(usual, |text| text.0);
        Counting {
            slice: or(azure.metrics_slice, platform::METRICS_SLICE),
            lag: or(azure.metrics_lag, platform::METRICS_LAG),
        }
    }
}

/// Returns the longest that it takes from a shift until its first slice has been judged: the rest of the slice in which the
/// shift was, the warm-up in whole slices, one slice, the lag, and the wait for the next check.
pub(crate) fn first_slice(
    counting: Counting,
    warm_up: Duration,
    check_interval: Duration,
) -> Duration {
    let slice = counting.slice.max(Duration::from_secs(1));
    let slices = warm_up.as_nanos().div_ceil(slice.as_nanos());
    let slices = u32::try_from(slices).unwrap_or(u32::MAX);
    let warm_up = slice.saturating_mul(slices);
    [slice, warm_up, slice, counting.lag, check_interval]
        .into_iter()
        .fold(Duration::ZERO, Duration::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(lag: u64, slice: u64, warm_up: u64, check_interval: u64) -> u64 {
        let [lag, slice, warm_up, check_interval] =
            [lag, slice, warm_up, check_interval].map(Duration::from_secs);
        first_slice(Counting { slice, lag }, warm_up, check_interval).as_secs()
    }

    #[test]
    fn first_slice_on_azure_is_judged_after_six_and_a_half() {
        assert_eq!(seconds(180, 60, 60, 30), 390);
    }

    #[test]
    fn warm_up_counts_in_whole_slices() {
        assert_eq!(seconds(180, 60, 61, 30), 450);
        assert_eq!(seconds(0, 1, 0, 1), 3);
    }
}
