//! The source `probe`: requests that the gate itself sends to both revisions, alternating. It needs no traffic, and sees no
//! more of it than these requests.
//!
//! What lockgate did not send, or could not, ends the call: it is no finding about a revision.

#[cfg(test)]
mod tests;

use evidence::{Block, Counts};
use lockgate_gate::{Answer, CannotAnswer, Revision, send_all};

use crate::judge::News;
use crate::settings::{CLASSES, Failing, Metric, Probing};
use crate::state::{State, TIMES_NEEDED};

/// The percentile of the stable's times that makes a request slow.
const SLOW_PERCENTILE: usize = 95;

/// Sends the requests, and returns what came of them.
///
/// # Errors
/// When lockgate did not send one, or could not.
pub fn read(
    probing: &Probing,
    metrics: &[Metric],
    state: &mut State,
    stable: &Revision,
    canary: &Revision,
) -> Result<News, CannotAnswer> {
    let pair = [stable, canary].map(|revision| {
        let request = revision.request("GET", &probing.path);
        request.timeout_ms(probing.timeout_ms)
    });
    let requests: Vec<_> = (0..probing.probes).flat_map(|_| pair.clone()).collect();
    let answers = send_all(&requests)?;
    let of_stable = || answers.iter().step_by(2);
    let of_canary = || answers.iter().skip(1).step_by(2);
    let waits = metrics
        .iter()
        .any(|metric| metric.failing == Failing::SlowerThanStable);
    let is_measured = state.slow_ms > 0.0;
    let blocks = metrics.iter().map(|metric| {
        // Judged by the times that it is measured by, it would be judged by itself.
        if metric.failing == Failing::SlowerThanStable && !is_measured {
            return Block::default();
        }
        let slow_ms = state.slow_ms;
        Block {
            canary: counts(of_canary(), &metric.failing, slow_ms),
            stable: counts(of_stable(), &metric.failing, slow_ms),
        }
    });
    let blocks = blocks.collect();
    if waits && !is_measured {
        of_stable().for_each(|answer| measure(answer, probing, state));
    }
    Ok(News::Probes(blocks))
}

/// Returns the requests and the failures among them: those without an answer too.
fn counts<'a>(
    answers: impl Iterator<Item = &'a Answer>,
    failing: &Failing,
    slow_ms: f64,
) -> Counts {
    let mut counts = Counts::default();
    for answer in answers {
        let is_failure = answer.no_answer.is_some()
            || match failing {
                Failing::Classes(classes) => {
                    let class = CLASSES.iter().position(|class| {
                        class.as_bytes()[0] - b'0' == u8::try_from(answer.status / 100).unwrap_or(0)
                    });
                    class.is_some_and(|class| classes[class])
                }
                Failing::SlowerThan(ms) => answer.elapsed_ms > *ms,
                Failing::SlowerThanStable => answer.elapsed_ms > slow_ms,
                Failing::Counter { .. } | Failing::Bucket { .. } => false,
            };
        counts.requests += 1.0;
        counts.failures += f64::from(u8::from(is_failure));
    }
    counts
}

/// Keeps the time of a probe of the stable; with the last that is needed the bound is known.
fn measure(answer: &Answer, probing: &Probing, state: &mut State) {
    let ms = if answer.no_answer.is_some() {
        f64::from(probing.timeout_ms)
    } else {
        answer.elapsed_ms
    };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a cast of floats saturates, and a time is not negative"
    )]
    let ms = ms.ceil().max(1.0) as u16;
    if state.slow_ms > 0.0 {
        return;
    }
    let place = state.times_ms.partition_point(|other| *other < ms);
    state.times_ms.insert(place, ms);
    if state.times_ms.len() >= TIMES_NEEDED {
        let times = std::mem::take(&mut state.times_ms);
        let rank = (times.len() * SLOW_PERCENTILE).div_ceil(100);
        state.slow_ms = f64::from(times[rank - 1]);
    }
}
