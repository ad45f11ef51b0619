//! What the demo measures: the split of each stage, from the responses of its own traffic, and what became of the canary's
//! requests in all. Read `rollout` next.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rollout::{Phase, Progress, Rollout};

use crate::commands::local::traffic_generator::{ServedCounter, ServedCounts};
use crate::event::{RunEvent, Split};
use crate::report::{Remark, Report, split_in_words};

/// What the users of the canary got in a whole run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct CanaryTotals {
    /// Their requests.
    pub(super) requests: u64,
    /// Those that got a 5xx.
    pub(super) failed: u64,
    /// The highest weight of the canary, in per cent.
    pub(super) weight: u32,
    /// The time from the first shift to the rollback or the promotion.
    pub(super) lasted: Duration,
}

/// Reports the measured split of each stage, between one verified shift and the next.
pub(super) struct SplitReporter {
    counter: Arc<ServedCounter>,
    /// The weight of the stage that bakes, in per cent.
    weight: Option<u32>,
    totals: CanaryTotals,
    /// When the canary got its first traffic.
    first_shift: Option<Instant>,
    canary: String,
}

impl SplitReporter {
    pub(super) fn new(counter: Arc<ServedCounter>) -> SplitReporter {
        SplitReporter {
            counter,
            weight: None,
            totals: CanaryTotals::default(),
            first_shift: None,
            canary: String::new(),
        }
    }

    /// Returns what became of the canary's requests, those since the last report included.
    pub(super) fn totals(mut self) -> CanaryTotals {
        self.take();
        self.totals
    }

    /// Returns the counts since the last call.
    fn take(&mut self) -> ServedCounts {
        let counts = self.counter.take();
        self.totals.requests += counts.of(&self.canary);
        self.totals.failed += counts.failed_of(&self.canary);
        counts
    }

    pub(super) fn follow(
        &mut self,
        rollout: &Rollout,
        progress: Progress<'_>,
        report: &mut Report<'_>,
    ) {
        let Progress::Happened(_) = progress else {
            return;
        };
        let weight = match rollout.phase() {
            Phase::Baking(baking) => Some(rollout.plan().stages()[baking.stage].weight.per_cent()),
            _ => None,
        };
        if let (Some(began), Phase::Baking(_) | Phase::Gating(_)) =
            (self.first_shift, rollout.phase())
        {
            self.totals.lasted = began.elapsed();
        }
        if weight == self.weight {
            return;
        }
        if let Some(found) = rollout.inspection() {
            self.canary.clone_from(&found.canary.name);
        }
        if let Some(weight) = weight {
            self.totals.weight = self.totals.weight.max(weight);
            self.first_shift.get_or_insert_with(Instant::now);
        }
        let counts = self.take();
        if let Some(wanted) = self.weight {
            let split = Split {
                wanted_per_cent: wanted,
                canary: counts.of(&self.canary),
                total: counts.total(),
                failed: counts.failed,
            };
            let sentence = split_in_words(&split);
            let remark = Remark {
                sentence: &sentence,
                event: &RunEvent::Split(split),
            };
            report.remark(rollout, &remark);
        }
        self.weight = weight;
    }
}
