//! Forward: readiness, shifting and verifying. Writes nothing but the weights of the plan's next stage.

use std::time::Duration;

use super::compare::Read;
use super::final_write::{FinalWrite, LONGEST_PAUSE_AFTER, Step, growing_pause};
use super::late_write::{LateWrite, LateWriter};
use super::phase::{Baking, Phase, Shifting};
use super::rollout::Rollout;
use super::traffic_kind::TrafficKind;
use crate::event::{Fact, Timestamp};
use crate::lease::{Lease, LeaseState};
use crate::outcome::Cause;
use crate::verdict::human;

impl Rollout {
    pub(super) fn after_readiness(
        &mut self,
        fact: &Fact,
        since: Timestamp,
        is_inactive: bool,
        at: Timestamp,
    ) -> Option<Phase> {
        let timing = self.timing();
        let again = |is_inactive: bool, wait: Option<Timestamp>| {
            Some(Phase::Readiness {
                since,
                wait,
                is_inactive,
            })
        };
        match fact {
            Fact::Waited => again(is_inactive, None),
            Fact::Activated => again(false, None),
            Fact::NotActivated { .. } if at < since.after(timing.readiness_deadline) => {
                again(true, Some(at.after(timing.retry_interval)))
            }
            Fact::NotActivated { reason } => {
                let reason = format!("it cannot be activated: {reason}");
                Some(self.roll_back(Cause::NotReady(reason), at))
            }
            Fact::Ready => Some(self.after_ready(at)),
            Fact::NotReady { reason, finally } => {
                if *finally {
                    return Some(self.roll_back(Cause::NotReady(reason.clone()), at));
                }
                if at >= since.after(timing.readiness_deadline) {
                    let limit = human(timing.readiness_deadline);
                    let reason = format!("{reason} (not ready within {limit})");
                    return Some(self.roll_back(Cause::NotReady(reason), at));
                }
                again(false, Some(at.after(timing.poll_interval)))
            }
            _ => None,
        }
    }

    /// Every gate passed: shifts to the stage, or promotes after the last one.
    pub(super) fn advance(&self, stage: usize, at: Timestamp) -> Phase {
        let deadline = at.after(self.timing().rollback_deadline);
        if self.found().is_first() {
            // A first deployment has no lease to clear; the app is read once to see that it is as before.
            return Phase::Promoting(FinalWrite::starting_with(Step::Verify, deadline));
        }
        if stage >= self.plan.stages().len() {
            // The canary keeps its traffic whatever becomes of the lease, so the tidying has only the time of a write.
            let deadline = at.after(self.timing().verify_deadline);
            return Phase::Promoting(FinalWrite::starting_with(Step::Compare, deadline));
        }
        if let Some(why) = self.lacks_time_for(stage, at) {
            return self.roll_back(Cause::OutOfTime(why), at);
        }
        Phase::Shifting(Shifting {
            stage,
            compared: None,
            since: at,
            sent: 0,
            wait: None,
        })
    }

    /// Returns why a stage and its rollback may not fit into what is left of the run's deadline (I-18).
    fn lacks_time_for(&self, stage: usize, at: Timestamp) -> Option<String> {
        let timing = self.timing();
        let limit = timing.run_deadline?;
        let stage_needs = self.plan.stage_worst_case(stage);
        let needed = stage_needs.saturating_add(timing.rollback_deadline);
        let left = at.until(Timestamp::default().after(limit));
        (needed > left).then(|| {
            format!(
                "stage {} with its rollback may need {} and {} are left of {}",
                self.plan.stages()[stage].weight,
                human(needed),
                human(left),
                human(limit)
            )
        })
    }

    /// What follows from a read before the write that shows no foreign change.
    pub(super) fn shifting_read(&self, shifting: Shifting, read: Read<'_>, at: Timestamp) -> Phase {
        if let Some(back) = self.stable_lost(at) {
            return back;
        }
        if read.settled {
            return Phase::Shifting(Shifting {
                compared: Some(at),
                ..shifting
            });
        }
        let shifting = Shifting {
            compared: None,
            ..shifting
        };
        let timing = self.timing();
        if at < shifting.since.after(timing.verify_deadline) {
            return Phase::Shifting(shifting).waiting_until(at.after(timing.poll_interval));
        }
        let why = "the platform is busy with another change of the app and does not finish";
        self.roll_back(Cause::Platform(why.to_owned()), at)
    }

    pub(super) fn after_shifting(
        &mut self,
        fact: &Fact,
        shifting: Shifting,
        at: Timestamp,
    ) -> Option<Phase> {
        match fact {
            Fact::Waited => Some(Phase::Shifting(Shifting {
                wait: None,
                ..shifting
            })),
            Fact::Unobserved { reason } | Fact::WriteRefused { reason } => {
                Some(self.roll_back(Cause::Platform(reason.clone()), at))
            }
            Fact::WriteNotNow { reason, pause_ms } => {
                Some(self.not_taken(shifting, reason, *pause_ms, at))
            }
            Fact::Written | Fact::WriteUnknown { .. } => {
                self.wrote = true;
                if let Fact::WriteUnknown { .. } = fact {
                    let weight = self.plan.stages()[shifting.stage].weight;
                    self.late_write = Some(LateWrite {
                        of: LateWriter::Own {
                            weight,
                            state: LeaseState::Running,
                        },
                        until: at.after(self.timing().late_write_window),
                    });
                }
                Some(Phase::Verifying {
                    stage: shifting.stage,
                    since: at,
                    wait: None,
                })
            }
            _ => None,
        }
    }

    /// The platform did not take the write: somebody else may be writing, so the app is compared again before another
    /// one is sent (I-19).
    fn not_taken(
        &self,
        mut shifting: Shifting,
        reason: &str,
        pause_ms: Option<u64>,
        at: Timestamp,
    ) -> Phase {
        let timing = self.timing();
        shifting.compared = None;
        shifting.sent = shifting.sent.saturating_add(1).min(LONGEST_PAUSE_AFTER);
        let asked = Duration::from_millis(pause_ms.unwrap_or(0));
        let pause = growing_pause(timing.poll_interval, shifting.sent).max(asked);
        let again = at.after(pause);
        if again >= shifting.since.after(timing.verify_deadline) {
            return self.roll_back(Cause::Platform(reason.to_owned()), at);
        }
        Phase::Shifting(shifting).waiting_until(again)
    }

    /// What follows from a read after the write that shows no foreign change.
    pub(super) fn verifying_read(
        &mut self,
        stage: usize,
        since: Timestamp,
        read: Read<'_>,
        at: Timestamp,
    ) -> Phase {
        let timing = self.timing();
        let weight = self.plan.stages()[stage].weight;
        let has_weight = self.classify(read.traffic) == TrafficKind::Split(weight);
        if read.settled && has_weight {
            let is_running = |lease: &Lease| lease.state == LeaseState::Running;
            if self.is_lease_of(read.lease, weight) && read.lease.is_some_and(is_running) {
                self.late_write = None;
                self.weight_since = read.lease.map_or(0, |lease| lease.weight_since);
                return self.bake(stage, at);
            }
            if read.lease.is_none() {
                let why = "the platform kept the weights but not lockgate's lease, without which the run cannot \
                           be recovered; does a policy remove the app's tags?";
                return self.roll_back(Cause::Platform(why.to_owned()), at);
            }
        }
        if at >= since.after(timing.verify_deadline) {
            let why = format!(
                "the app does not show the canary at {weight} within {}",
                human(timing.verify_deadline)
            );
            return self.roll_back(Cause::Platform(why), at);
        }
        let wait = Some(at.after(timing.poll_interval));
        Phase::Verifying { stage, since, wait }
    }

    pub(super) fn after_verifying(
        &self,
        fact: &Fact,
        stage: usize,
        since: Timestamp,
        at: Timestamp,
    ) -> Option<Phase> {
        let timing = self.timing();
        match fact {
            Fact::Waited => Some(Phase::Verifying {
                stage,
                since,
                wait: None,
            }),
            Fact::Unobserved { reason } => {
                if at >= since.after(timing.verify_deadline) {
                    return Some(self.roll_back(Cause::Platform(reason.clone()), at));
                }
                let wait = Some(at.after(timing.poll_interval));
                Some(Phase::Verifying { stage, since, wait })
            }
            _ => None,
        }
    }

    fn bake(&self, stage: usize, at: Timestamp) -> Phase {
        let until = at.after(self.plan.stages()[stage].bake);
        let first_check = if self.plan.health_checks().is_empty() {
            until
        } else {
            until.min(at.after(self.timing().check_interval))
        };
        Phase::Baking(Baking {
            stage,
            until,
            asked: 0,
            failures: 0,
            held_since: None,
            wait: Some(first_check),
        })
    }
}
