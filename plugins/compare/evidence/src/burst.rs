//! Failures in bunches: one cause, such as a client that repeats its request, makes several failures of one revision.

use crate::factor::Counts;

/// The largest burst that is concluded from a history.
pub const BURST_MAX: f64 = 50.0;
/// The fewest minutes with requests from which a burst is concluded.
pub const MINUTES_MIN: usize = 30;
/// Up to this much more spread than independent failures have is taken for chance.
const SPREAD_BY_CHANCE: f64 = 1.5;

/// Returns about how many failures come in one bunch, from the minutes of the stable's last hour: how much more they vary
/// than independent failures would. 1 where they do not; `None` with too few minutes to tell.
///
/// It cannot tell bunches from swings of the rate, so that it errs on the side of needing more requests. There is no
/// guarantee with it: a canary may have bunches of its own.
pub fn burst_of(minutes: &[Counts]) -> Option<f64> {
    let minutes: Vec<&Counts> = minutes.iter().filter(|m| m.requests > 0.0).collect();
    if minutes.len() < MINUTES_MIN {
        return None;
    }
    let mut all = Counts::default();
    for minute in &minutes {
        all += **minute;
    }
    let rate = all.rate();
    if rate <= 0.0 || rate >= 1.0 {
        return Some(1.0);
    }
    let spread = |minute: &&Counts| {
        let expected = minute.requests * rate;
        (minute.failures - expected).powi(2) / (expected * (1.0 - rate))
    };
    #[expect(clippy::cast_precision_loss, reason = "minutes of an hour")]
    let spread = minutes.iter().map(spread).sum::<f64>() / (minutes.len() - 1) as f64;
    Some(if spread > SPREAD_BY_CHANCE {
        spread.min(BURST_MAX)
    } else {
        1.0
    })
}

#[cfg(test)]
mod tests;
