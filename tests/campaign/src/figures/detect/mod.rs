//! Detectors: what looks at the traffic of a rollout, minute by minute, and says once that the canary is worse. Ours and
//! its rivals, on the same data.

mod detector;
mod rank;
mod threshold;
mod z_test;

pub(crate) mod ours;

use super::chance::Chance;
use super::traffic::{History, Stream, Stretch, Traffic};
pub(crate) use detector::Detector;
pub(crate) use ours::Ours;
pub(crate) use rank::Rank;
pub(crate) use threshold::Threshold;
pub(crate) use z_test::ZTest;

/// A detector as a column of a table.
#[derive(Clone, Copy)]
pub(crate) struct Column {
    /// Its name.
    pub(crate) name: &'static str,
    /// Makes it for one rollout.
    pub(crate) detector: fn(&History, &mut Chance) -> Box<dyn Detector>,
    /// Whether it is so slow that it looks at fewer rollouts.
    pub(crate) slow: bool,
}

/// The rivals, as columns.
pub(crate) const RIVALS: [Column; 5] = [
    Column {
        name: "> 1 % in a minute, once",
        detector: |_, _| Box::new(Threshold::broken(1)),
        slow: false,
    },
    Column {
        name: "> 1 %, 5 times",
        detector: |_, _| Box::new(Threshold::broken(5)),
        slow: false,
    },
    Column {
        name: "z-test p < 0.05 each look",
        detector: |_, _| Box::new(ZTest::below(0.05)),
        slow: false,
    },
    Column {
        name: "z-test p < 0.01 each look",
        detector: |_, _| Box::new(ZTest::below(0.01)),
        slow: false,
    },
    Column {
        name: "rank test p < 0.05 each minute",
        detector: |_, chance| Box::new(Rank::of(chance)),
        slow: true,
    },
];

/// Returns the minute, from 0, in which each detector said so in one rollout; `None` where it never did. Without `with_slow`
/// the slow ones do not look.
pub(crate) fn first_alarms(
    traffic: &Traffic,
    stretches: &[Stretch],
    columns: &[Column],
    with_slow: bool,
    chance: &mut Chance,
) -> Vec<Option<u32>> {
    // What detectors draw must not change the traffic.
    let mut for_detectors = chance.clone();
    let mut stream = Stream::new(traffic, chance);
    let history = stream.history();
    let mut detectors: Vec<Option<Box<dyn Detector>>> = columns
        .iter()
        .map(|column| {
            let looks = with_slow || !column.slow;
            looks.then(|| (column.detector)(&history, &mut for_detectors))
        })
        .collect();
    let mut alarms = vec![None; columns.len()];
    for minute in stream.minutes(stretches) {
        for (detector, alarm) in detectors.iter_mut().zip(&mut alarms) {
            if detector.as_mut().is_some_and(|it| it.alarms(&minute)) {
                *alarm = Some(minute.number);
                *detector = None;
            }
        }
        if detectors.iter().all(Option::is_none) {
            break;
        }
    }
    alarms
}

#[cfg(test)]
mod tests;
