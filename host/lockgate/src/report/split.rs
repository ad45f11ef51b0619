//! A measured split in words.

use crate::event::Split;

/// Returns what was measured in a sentence.
pub(crate) fn split_in_words(split: &Split) -> String {
    let Split {
        wanted_per_cent,
        canary,
        total,
        failed,
    } = split;
    #[expect(
        clippy::cast_precision_loss,
        reason = "a demo does not serve 2^53 requests"
    )]
    let share = match *total {
        0 => 0.0,
        total => *canary as f64 * 100.0 / total as f64,
    };
    format!(
        "measured: the canary served {canary} of {total} requests, {share:.1} % (wanted {wanted_per_cent} %); {failed} \
         got a 5xx or no response"
    )
}
