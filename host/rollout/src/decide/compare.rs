//! Compares what a read shows with what the run left behind: is it ours, as expected, or the work of another writer?
//!
//! Only compares. What follows from a foreign change is decided in `apply`, what follows from any other read in the
//! handlers of the phases.

use super::final_write::Step;
use super::phase::{Holding, Phase};
use super::rollout::Rollout;
use super::traffic_kind::{TrafficKind, classify};
use crate::event::Fact;
use crate::inspection::RevisionState;
use crate::lease::Lease;
use crate::note::Ended;
use crate::traffic::{Traffic, Weight};

/// One read of the app, borrowed from the fact that reports it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Read<'a> {
    pub(super) traffic: &'a Traffic,
    pub(super) lease: Option<&'a Lease>,
    pub(super) ended: Option<&'a Ended>,
    pub(super) stable: Option<RevisionState>,
    /// False while the platform is still applying a write.
    pub(super) settled: bool,
}

impl Rollout {
    /// Returns what a traffic array is, seen from this run.
    pub(super) fn classify(&self, traffic: &Traffic) -> TrafficKind {
        classify(traffic, self.found())
    }

    /// Returns whether a lease is one that this run has written or found on the app.
    pub(super) fn is_ours(&self, lease: &Lease) -> bool {
        let owned_by = |epoch: u32, holder: &str| lease.epoch == epoch && lease.holder == holder;
        lease.run == self.run
            && (owned_by(self.epoch, &self.holder)
                || self
                    .found()
                    .lease
                    .as_ref()
                    .is_some_and(|found| owned_by(found.epoch, &found.holder)))
    }

    /// Returns whether the app is as this run left it at a weight: the traffic, and a lease exactly when the run has
    /// written one.
    pub(super) fn is_as_left(&self, read: Read<'_>, weight: Weight) -> bool {
        let kind = self.classify(read.traffic);
        if weight == Weight::ZERO {
            return kind == TrafficKind::Baseline && read.lease.is_none();
        }
        kind == TrafficKind::Split(weight) && read.lease.is_some_and(|lease| self.is_ours(lease))
    }

    /// Returns whether a lease is the one that this process writes with a stage of this weight.
    pub(super) fn is_lease_of(&self, lease: Option<&Lease>, weight: Weight) -> bool {
        lease.is_some_and(|lease| {
            self.is_ours(lease) && lease.epoch == self.epoch && lease.weight == weight
        })
    }

    /// Returns whether the app shows that the promotion is complete: all traffic with the canary and no lease.
    pub(super) fn is_promoted(&self, read: Read<'_>) -> bool {
        let promoted = if self.found().is_first() {
            TrafficKind::Baseline
        } else {
            TrafficKind::Split(Weight::ALL)
        };
        read.lease.is_none() && self.classify(read.traffic) == promoted
    }

    /// Returns what another lockgate has left on the app when it ended this process's part of the run.
    pub(super) fn ended_by<'a>(&self, read: Read<'a>) -> Option<&'a Ended> {
        let ended = read.ended?;
        let is_this = ended.run == self.run && ended.holder == self.holder;
        (is_this && read.lease.is_none()).then_some(ended)
    }

    /// Returns whether a look at the app shows something that the run must hear of: a change by another writer, the end
    /// of the run from elsewhere, a stable revision that does not serve, or that none of these is there any more.
    pub(crate) fn is_news(&self, look: &Fact) -> bool {
        let Fact::Observed {
            traffic,
            lease,
            ended,
            stable,
            settled,
        } = look
        else {
            return false;
        };
        let read = Read {
            traffic,
            lease: lease.as_ref(),
            ended: ended.as_ref(),
            stable: *stable,
            settled: *settled,
        };
        self.foreign_seen
            || self.shows_foreign_change(read)
            || self.ended_by(read).is_some()
            || (!read.settled && self.shows_another(read))
            || read.stable == Some(RevisionState::Inactive)
    }

    /// Returns whether an unsettled read shows what another writer is applying.
    pub(super) fn shows_another(&self, read: Read<'_>) -> bool {
        read.lease.is_some_and(|lease| !self.is_ours(lease))
            || self.classify(read.traffic) == TrafficKind::Foreign
    }

    /// Returns whether a read shows the traffic or the lease of another writer, judged by what this run left behind
    /// in its phase.
    pub(super) fn shows_foreign_change(&self, read: Read<'_>) -> bool {
        match &self.phase {
            Phase::Gating(gating) => {
                let before = self.plan.weight_before(gating.stage);
                read.settled && !self.is_as_left(read, before)
            }
            Phase::Baking(baking) => {
                let weight = self.plan.stages()[baking.stage].weight;
                read.settled && !self.is_as_left(read, weight)
            }
            Phase::Shifting(shifting) => {
                let before = self.plan.weight_before(shifting.stage);
                read.settled && !self.is_as_left(read, before)
            }
            Phase::Verifying { stage, .. } => read.settled && !self.may_follow_shift(read, *stage),
            Phase::Promoting(last) => {
                let complete = last.step == Step::Verify && self.is_promoted(read);
                read.settled && !complete && !self.is_as_left(read, Weight::ALL)
            }
            Phase::Held { holding, .. } => {
                read.settled && !self.is_as_left(read, self.plan.stages()[holding.stage].weight)
            }
            Phase::RollingBack { .. } => self.is_foreign_to_rollback(read),
            Phase::Preflight { .. } | Phase::Readiness { .. } | Phase::Ended(_) => false,
        }
    }

    /// Returns whether a read may show the app after this run sent a stage's weights: still as before, on the way, or
    /// there; or with the weights and without the lease, which a policy of the platform may have removed.
    fn may_follow_shift(&self, read: Read<'_>, stage: usize) -> bool {
        let weight = self.plan.stages()[stage].weight;
        let before = self.plan.weight_before(stage);
        let kind = self.classify(read.traffic);
        let has_weight = kind == TrafficKind::Split(weight);
        let on_the_way = has_weight
            || kind == TrafficKind::Split(before)
            || (before == Weight::ZERO && kind == TrafficKind::Baseline);
        self.is_as_left(read, before)
            || (on_the_way && self.is_lease_of(read.lease, weight))
            || (has_weight && read.lease.is_none())
    }

    fn is_foreign_to_rollback(&self, read: Read<'_>) -> bool {
        let kind = self.classify(read.traffic);
        match read.lease {
            Some(lease) if !self.is_ours(lease) => true,
            // It takes back one array and leads to another. Every split between them is somebody's wish.
            None if self.is_undoing() => {
                let is_known =
                    kind == TrafficKind::Baseline || read.traffic.same_as(&self.found().now);
                read.settled && !is_known
            }
            // The lease on the app proves that this run has written.
            Some(_) => read.settled && self.is_of_another(kind, read.traffic),
            None if self.has_traces() => read.settled && self.is_of_another(kind, read.traffic),
            None => read.settled && kind != TrafficKind::Baseline,
        }
    }

    /// Returns whether no process of this run has written the traffic: no array of it, or a split that is none of its stages
    /// and was not there when this process began.
    fn is_of_another(&self, kind: TrafficKind, traffic: &Traffic) -> bool {
        let weight = match kind {
            TrafficKind::Baseline => return false,
            TrafficKind::Foreign => return true,
            TrafficKind::Split(weight) => weight,
        };
        let found = self.found();
        let of_plan = || self.plan.stages().iter().map(|stage| stage.weight);
        let is_stage = match &found.lease {
            // A newer format may say its stages in another way.
            Some(lease) if lease.stages.is_empty() => true,
            Some(lease) => lease.stages.contains(&weight) || of_plan().any(|own| own == weight),
            None => of_plan().any(|own| own == weight),
        };
        !is_stage && !traffic.same_as(&found.now)
    }

    /// Returns the text that reports a foreign change: what the app should have, what it has, and whose lease it is.
    pub(super) fn describe_foreign(&self, left: &Traffic, read: Read<'_>) -> String {
        let owner = match read.lease {
            Some(lease) if self.is_ours(lease) => "the lease is this run's".to_owned(),
            Some(lease) => format!("the lease is of run {} epoch {}", lease.run, lease.epoch),
            None => "there is no lease".to_owned(),
        };
        let traffic = read.traffic;
        if left.same_as(traffic) {
            format!("the app has {traffic} as it should; {owner}")
        } else {
            format!("the app should have {left} and has {traffic}; {owner}")
        }
    }

    /// Returns the traffic that this run left behind in its phase.
    #[cfg(test)]
    pub(crate) fn left(&self) -> Traffic {
        self.left_behind()
    }

    /// Returns the traffic that this run left behind in its phase.
    pub(super) fn left_behind(&self) -> Traffic {
        let found = self.found();
        match &self.phase {
            Phase::Shifting(shifting) => found.split(self.plan.weight_before(shifting.stage)),
            Phase::Verifying { stage, .. }
            | Phase::Held {
                holding: Holding { stage, .. },
                ..
            } => found.split(self.plan.stages()[*stage].weight),
            Phase::Promoting(_) => found.split(Weight::ALL),
            Phase::Gating(gating) => found.split(self.plan.weight_before(gating.stage)),
            Phase::Baking(baking) => found.split(self.plan.stages()[baking.stage].weight),
            Phase::Preflight { .. }
            | Phase::Readiness { .. }
            | Phase::RollingBack { .. }
            | Phase::Ended(_) => found.baseline.clone(),
        }
    }
}
