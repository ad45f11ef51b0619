//! Which minutes of a source become blocks of evidence: each once, in order, complete, and at one weight.
//!
//! A minute is one slice of the source's counts, whatever its length.

#[cfg(test)]
mod tests;

use evidence::{Block, Counts, burst_of};
use thiserror::Error;

use crate::asked::Asked;
use crate::settings::Settings;
use crate::state::State;
use crate::words::{number, requests, time_of_day};

/// The minutes before the rollout from which the stable's rate is guessed, and its bursts.
pub(crate) const HISTORY: usize = 60;
/// So many lengths of a minute old, a minute without any count is taken for one without requests. Some platforms report
/// nothing for minutes that they have not counted yet; on Azure, where a minute is complete after three, it is 8 minutes.
const QUIET_AFTER: f64 = 8.0;
/// Clocks that differ by more seconds than this disagree.
pub(crate) const CLOCKS_MAX_S: f64 = 60.0;

/// One minute.
#[derive(Debug, Clone, PartialEq)]
pub struct Minute {
    /// Its beginning, in Unix seconds.
    pub start_s: f64,
    /// Its end, which belongs to the next.
    pub end_s: f64,
    /// Whether anything was counted in it.
    pub is_counted: bool,
    /// The counts of each metric.
    pub blocks: Vec<Block>,
}

/// A source whose counts cannot be right. Nothing of it is used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SourceError {
    /// A minute without a length, or one that is endless.
    #[error(
        "the source has a slice from {start} to {end}, which is no stretch of time; nothing of it is used"
    )]
    NoStretch {
        /// Its beginning.
        start: String,
        /// Its end.
        end: String,
    },
    /// Minutes that are not in order, or overlap.
    #[error(
        "the source has a slice that begins at {start} after one that ends at {end}: out of order, or twice; nothing of it is used"
    )]
    Order {
        /// The beginning of the later one.
        start: String,
        /// The end of the one before.
        end: String,
    },
    /// A count that is no number of requests.
    #[error(
        "the source counted {count} in the slice that begins at {start}: {why}; nothing of it is used"
    )]
    Count {
        /// What was counted.
        count: String,
        /// The beginning of the minute.
        start: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// Clocks that disagree.
    #[error(
        "the clocks disagree: {what} by {seconds} s; check the clocks, or wait until they agree, as a slice is known by its time"
    )]
    Clocks {
        /// Which of them.
        what: &'static str,
        /// By how much.
        seconds: String,
    },
}

/// What the minutes before the rollout say about the stable.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct History {
    /// The requests and failures of the first metric.
    pub(crate) stable: Counts,
    /// How long it is, in seconds.
    pub(crate) seconds: f64,
}

/// Checks that the call is not before the canary got its weight.
///
/// # Errors
/// When it is, by more than clocks may differ, or a time is none.
pub(crate) fn check_clock(asked: &Asked) -> Result<(), SourceError> {
    let behind = asked.weight_since_s - asked.now_s;
    if behind <= CLOCKS_MAX_S {
        return Ok(());
    }
    Err(SourceError::Clocks {
        what: "the time of this call is before the canary got its weight",
        seconds: number(behind),
    })
}

/// Checks that the minutes of a source can be right.
///
/// # Errors
/// At the first that cannot.
pub(crate) fn check(minutes: &[Minute], asked: &Asked) -> Result<(), SourceError> {
    let mut before: Option<f64> = None;
    for minute in minutes {
        let Minute { start_s, end_s, .. } = *minute;
        let is_a_stretch = start_s.is_finite() && end_s.is_finite() && start_s < end_s;
        if !is_a_stretch {
            return Err(SourceError::NoStretch {
                start: time(start_s),
                end: time(end_s),
            });
        }
        if let Some(end) = before.filter(|end| start_s < *end) {
            return Err(SourceError::Order {
                start: time(start_s),
                end: time(end),
            });
        }
        before = Some(end_s);
        minute
            .blocks
            .iter()
            .try_for_each(|block| counts(block, start_s))?;
    }
    let ahead = before.map_or(0.0, |end| end - asked.now_s);
    if ahead > CLOCKS_MAX_S {
        return Err(SourceError::Clocks {
            what: "the newest counts are ahead of the time of this call",
            seconds: requests(ahead),
        });
    }
    Ok(())
}

fn counts(block: &Block, start_s: f64) -> Result<(), SourceError> {
    for Counts { requests, failures } in [block.canary, block.stable] {
        let error = |count: f64, why: &'static str| {
            Err(SourceError::Count {
                count: number(count),
                start: time(start_s),
                why,
            })
        };
        for count in [requests, failures] {
            if !count.is_finite() || count < 0.0 {
                return error(count, "a number of requests is finite and not negative");
            }
        }
        if failures > requests {
            return error(failures, "more failures than requests");
        }
    }
    Ok(())
}

/// Takes the minutes before the rollout as the stable's history: it improves the bets and is no evidence. Returns it; `None`
/// where there is none.
pub(crate) fn take_history(
    minutes: &[Minute],
    settings: &Settings,
    state: &mut State,
    asked: &Asked,
) -> Option<History> {
    // With traffic on the canary, only what ended before it got this weight.
    let until = if asked.weight == 0 {
        asked.now_s
    } else {
        asked.weight_since_s
    };
    let end = minutes.partition_point(|minute| minute.end_s <= until);
    let history = &minutes[end.saturating_sub(HISTORY)..end];
    let newest = history.last()?;
    state.until = state.until.max(newest.end_s);
    state.length = newest.end_s - newest.start_s;
    if let Some(counted) = history.iter().rev().find(|minute| minute.is_counted) {
        state.since = counted.end_s;
    }
    let mut first = Counts::default();
    for (place, known) in state.metrics.iter_mut().enumerate() {
        let counts: Vec<Counts> = history
            .iter()
            .map(|minute| minute.blocks[place].stable)
            .collect();
        let mut all = Counts::default();
        counts.iter().for_each(|minute| all += *minute);
        known.evidence.stable = all;
        known.burst = settings
            .burst
            .unwrap_or_else(|| burst_of(&counts).unwrap_or(1.0));
        if place == 0 {
            first = all;
        }
    }
    // Before the first count the app may not have been there.
    let served = history.iter().skip_while(|minute| !minute.is_counted);
    let seconds = served.map(|minute| minute.end_s - minute.start_s).sum();
    Some(History {
        stable: first,
        seconds,
    })
}

/// Adds the new minutes to the evidence. Returns how many were judged.
pub(crate) fn take(
    minutes: &[Minute],
    settings: &Settings,
    state: &mut State,
    asked: &Asked,
) -> usize {
    let judged_from = asked.weight_since_s + settings.warm_up_s;
    let mut judged = 0;
    for minute in minutes {
        let length = minute.end_s - minute.start_s;
        if minute.start_s < state.until {
            continue;
        }
        let may_still_be_counted =
            !minute.is_counted && minute.end_s + QUIET_AFTER * length > asked.now_s;
        if minute.end_s > asked.now_s || may_still_be_counted {
            break;
        }
        state.until = minute.end_s;
        state.length = length;
        if minute.is_counted {
            state.since = minute.end_s;
        }
        // Two weights in it, or a canary that is not warm.
        if minute.start_s < judged_from || minute.blocks.iter().all(Block::is_empty) {
            continue;
        }
        judged += 1;
        state.judged_s += length;
        for ((known, metric), block) in state
            .metrics
            .iter_mut()
            .zip(&settings.metrics)
            .zip(&minute.blocks)
        {
            known.add(block, metric.tolerated);
        }
    }
    judged
}

fn time(unix_s: f64) -> String {
    if unix_s.is_finite() {
        time_of_day(unix_s)
    } else {
        "no time".to_owned()
    }
}
