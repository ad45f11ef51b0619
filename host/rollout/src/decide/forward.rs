//! Forward: readiness, shifting, verifying. Never writes anything but the plan's next weight.

use super::Rollout;
use super::phase::{Baking, Closing, Gating, LateWrite, Phase, Sight, Step};
use crate::event::{Fact, Timestamp};
use crate::lease::{Lease, LeaseState};
use crate::outcome::{Cause, Outcome};
use crate::traffic::{Traffic, Weight};
use crate::verdict::{Kind, human};

impl Rollout {
    pub(super) fn after_readiness(
        &self,
        fact: &Fact,
        since: Timestamp,
        at: Timestamp,
    ) -> Option<Phase> {
        let timing = self.timing();
        match fact {
            Fact::Waited => Some(Phase::Readiness { since, wait: None }),
            Fact::Ready => Some(self.ask_gates(0, at)),
            Fact::NotReady { reason, finally } => {
                let late = at >= since.after(timing.readiness_deadline);
                if !*finally && !late {
                    let wait = Some(at.after(timing.poll_interval));
                    return Some(Phase::Readiness { since, wait });
                }
                let reason = match finally {
                    true => reason.clone(),
                    false => format!(
                        "{reason} (not ready within {})",
                        human(timing.readiness_deadline)
                    ),
                };
                Some(self.roll_back(Cause::NotReady(reason), at))
            }
            _ => None,
        }
    }

    /// Begins asking about a stage, health checks first; goes on at once where nobody is to be asked.
    pub(super) fn ask_gates(&self, stage: usize, at: Timestamp) -> Phase {
        let gating = Gating {
            stage,
            kind: Kind::HealthCheck,
            since: at,
            asked_health: 0,
            asked_promotion: 0,
            failures: 0,
            wait: None,
        };
        match self.plan.health_checks().is_empty() {
            true => self.after_health_passed(gating, at),
            false => Phase::Gating(gating),
        }
    }

    /// Every gate agreed: shift, or promote after the last stage.
    pub(super) fn go_on(&self, stage: usize, at: Timestamp) -> Phase {
        let timing = self.timing();
        let is_first = self.found().is_first();
        if is_first || stage >= self.plan.stages().len() {
            return Phase::Promoting(Closing {
                // A first deployment takes no lease: there is only to see that it still serves.
                step: match is_first {
                    true => Step::Verify,
                    false => Step::Compare,
                },
                deadline: at.after(timing.rollback_deadline),
                wait: None,
                sent: 0,
            });
        }
        if let Some(limit) = timing.run_deadline {
            let stage_needs = self.plan.stage_worst_case(stage);
            let needed = stage_needs.saturating_add(timing.rollback_deadline);
            let left = at.until(Timestamp::default().after(limit));
            if needed > left {
                let why = format!(
                    "stage {} with its rollback may need {} and {} are left of {}",
                    self.plan.stages()[stage].weight,
                    human(needed),
                    human(left),
                    human(limit)
                );
                return self.roll_back(Cause::OutOfTime(why), at);
            }
        }
        Phase::Shifting {
            stage,
            compared: false,
            since: at,
            wait: None,
        }
    }

    pub(super) fn after_shifting(
        &mut self,
        fact: &Fact,
        stage: usize,
        compared: bool,
        since: Timestamp,
        at: Timestamp,
    ) -> Option<Phase> {
        let next = |compared, wait| Phase::Shifting {
            stage,
            compared,
            since,
            wait,
        };
        let verify = Phase::Verifying {
            stage,
            since: at,
            wait: None,
        };
        match (fact, compared) {
            (Fact::Waited, _) => Some(next(compared, None)),
            (Fact::Observed { settled: false, .. }, false) => {
                let timing = self.timing();
                if at < since.after(timing.verify_deadline) {
                    return Some(next(false, Some(at.after(timing.poll_interval))));
                }
                let why = "the platform is busy with another change of the app and does not finish";
                Some(self.roll_back(Cause::Platform(why.to_owned()), at))
            }
            (Fact::Observed { traffic, lease, .. }, false) => {
                match self.is_as_left(traffic, lease.as_ref(), self.plan.weight_before(stage)) {
                    true => Some(next(true, None)),
                    false => {
                        let again = next(false, Some(at.after(self.timing().poll_interval)));
                        Some(self.hands_off(traffic, lease.as_ref(), again))
                    }
                }
            }
            (Fact::Unobserved { reason }, false) => {
                Some(self.roll_back(Cause::Platform(reason.clone()), at))
            }
            (Fact::Written, true) => {
                self.wrote = true;
                Some(verify)
            }
            (Fact::WriteUnknown { .. }, true) => {
                self.wrote = true;
                self.late_write = Some(self.late_write(stage, LeaseState::Running, at));
                Some(verify)
            }
            (Fact::WriteRefused { reason }, true) => {
                Some(self.roll_back(Cause::Platform(reason.clone()), at))
            }
            _ => None,
        }
    }

    pub(super) fn after_verifying(
        &mut self,
        fact: &Fact,
        stage: usize,
        since: Timestamp,
        at: Timestamp,
    ) -> Option<Phase> {
        let next = |wait| Phase::Verifying { stage, since, wait };
        let timing = self.timing();
        let late = at >= since.after(timing.verify_deadline);
        let again = Some(at.after(timing.poll_interval));
        let weight = self.plan.stages()[stage].weight;
        match fact {
            Fact::Waited => Some(next(None)),
            Fact::Unobserved { .. } | Fact::Observed { settled: false, .. } if !late => {
                Some(next(again))
            }
            Fact::Unobserved { reason } => {
                Some(self.roll_back(Cause::Platform(reason.clone()), at))
            }
            Fact::Observed {
                traffic,
                lease,
                settled,
            } => {
                let lease = lease.as_ref();
                let owned = lease.is_some_and(|lease| {
                    self.is_ours(lease) && lease.epoch == self.epoch && lease.weight == weight
                });
                let running = lease.is_some_and(|lease| lease.state == LeaseState::Running);
                let sight = self.sight(traffic);
                if *settled && owned && running && sight == Sight::Split(weight) {
                    self.late_write = None;
                    return Some(self.bake(stage, at));
                }
                let before = self.plan.weight_before(stage);
                let as_left = self.is_as_left(traffic, lease, before);
                let on_the_way = sight == Sight::Split(weight)
                    || sight == Sight::Split(before)
                    || (before == Weight::ZERO && sight == Sight::Baseline);
                if *settled && !as_left && !(owned && on_the_way) {
                    let again = next(again);
                    return Some(self.unexpected(traffic, lease, weight, again, at));
                }
                match late {
                    false => Some(next(again)),
                    true => {
                        let why = format!(
                            "the app does not show the canary at {weight} within {}",
                            human(timing.verify_deadline)
                        );
                        Some(self.roll_back(Cause::Platform(why), at))
                    }
                }
            }
            _ => None,
        }
    }

    /// The weights were read back, but something about them is wrong.
    fn unexpected(
        &mut self,
        traffic: &Traffic,
        lease: Option<&Lease>,
        weight: Weight,
        again: Phase,
        at: Timestamp,
    ) -> Phase {
        match lease {
            None if self.sight(traffic) == Sight::Split(weight) => {
                let why = "the platform kept the weights but not lockgate's lease, so that nobody could recover \
                           the run; does a policy remove the app's tags?";
                self.roll_back(Cause::Platform(why.to_owned()), at)
            }
            _ => self.hands_off(traffic, lease, again),
        }
    }

    pub(super) fn late_write(&self, stage: usize, state: LeaseState, at: Timestamp) -> LateWrite {
        LateWrite {
            weight: self.plan.stages()[stage].weight,
            state,
            until: at.after(self.timing().late_write_window),
        }
    }

    fn bake(&self, stage: usize, at: Timestamp) -> Phase {
        let until = at.after(self.plan.stages()[stage].bake);
        let first = match self.plan.health_checks().is_empty() {
            true => until,
            false => until.min(at.after(self.timing().check_interval)),
        };
        Phase::Baking(Baking {
            stage,
            until,
            asked: 0,
            failures: 0,
            held_since: None,
            wait: Some(first),
        })
    }

    /// Says whether the app is as this run left it: the weight, and a lease exactly when one was written.
    pub(super) fn is_as_left(
        &self,
        traffic: &Traffic,
        lease: Option<&Lease>,
        weight: Weight,
    ) -> bool {
        match weight {
            Weight::ZERO => self.sight(traffic) == Sight::Baseline && lease.is_none(),
            weight => {
                self.sight(traffic) == Sight::Split(weight)
                    && lease.is_some_and(|lease| self.is_ours(lease))
            }
        }
    }

    /// A read shows somebody else's change: after a second one in a row nothing is touched any more.
    pub(super) fn hands_off(
        &mut self,
        traffic: &Traffic,
        lease: Option<&Lease>,
        again: Phase,
    ) -> Phase {
        if self.foreign_reads > 0 {
            let left = self.left_in(&again);
            let found = self.describe_foreign(&left, traffic, lease);
            return Phase::Ended(Outcome::Superseded(found));
        }
        self.foreign_reads = 1;
        again
    }
}
