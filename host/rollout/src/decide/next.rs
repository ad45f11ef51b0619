//! Derives the one thing to do now from the state alone.
//!
//! Pure and total: the same state always leads to the same action, and every action is absolute (a weight, never a
//! difference), so an action that was interrupted may be done again.

use std::time::Duration;

use super::action::{Action, Purpose, ReadStable};
use super::final_write::Step;
use super::phase::{Baking, Gating, Holding, Phase, Shifting};
use super::rollout::Rollout;
use crate::event::Timestamp;
use crate::lease::{LEASE_FORMAT, Lease, LeaseState};
use crate::traffic::Weight;
use crate::verdict::Kind;

/// How long after a comparison the write that it licensed may be sent. Longer only when the process stood still.
const COMPARISON_KEEPS: Duration = Duration::from_secs(2);

impl Rollout {
    /// Returns the one thing to do now.
    pub fn next_action(&self) -> Action {
        match &self.phase {
            Phase::Preflight { wait, .. } => wait_or(*wait, || Action::Inspect),
            Phase::Readiness {
                wait, is_inactive, ..
            } => wait_or(*wait, || match is_inactive {
                true => Action::Activate,
                false => Action::CheckReadiness,
            }),
            Phase::Gating(gating) => wait_or(gating.wait, || self.ask_before(gating)),
            Phase::Shifting(shifting) => wait_or(shifting.wait, || self.shift(*shifting)),
            Phase::Verifying { wait, .. } => wait_or(*wait, || Action::Observe {
                within: None,
                stable: ReadStable::No,
            }),
            Phase::Baking(baking) => wait_or(baking.wait, || self.ask_during(baking)),
            Phase::Promoting(last) => last.next_action(None, ReadStable::No, || Action::Write {
                purpose: Purpose::Settle,
                traffic: self.found().split(Weight::ALL),
                lease: None,
                note: Some(self.note_of_promotion()),
                compared_until: None,
                silent_for: self.timing().rollback_deadline,
                until: Some(last.deadline),
            }),
            Phase::Held { holding, last } => {
                last.next_action(None, ReadStable::No, || self.write_held(holding))
            }
            Phase::RollingBack { cause, last } => {
                // Without a write to undo, the comparison is all there is to do, and it may take its time.
                let within = self.has_traces().then_some(self.timing().compare_deadline);
                // While a run that was taken over is watched, only its writes are of interest.
                let stable = if self.has_traces() && self.watches_until().is_none() {
                    ReadStable::Yes
                } else {
                    ReadStable::No
                };
                last.next_action(within, stable, || Action::Write {
                    purpose: match last.step {
                        Step::Mark => Purpose::Mark,
                        _ => Purpose::RollBack,
                    },
                    traffic: self.found().baseline.clone(),
                    lease: None,
                    note: self.note_of_rollback(cause),
                    compared_until: None,
                    silent_for: self.timing().rollback_deadline,
                    until: Some(last.deadline),
                })
            }
            Phase::Ended(outcome) => Action::Finish(outcome.clone()),
        }
    }

    /// Returns the time at which a rollback must be over whose process is about to be killed; no call outlasts it.
    pub(crate) fn hurry_until(&self) -> Option<Timestamp> {
        match &self.phase {
            Phase::RollingBack { last, .. } if self.hurried => Some(last.deadline),
            _ => None,
        }
    }

    fn ask_before(&self, gating: &Gating) -> Action {
        let asked = match gating.kind {
            Kind::HealthCheck => gating.asked_health,
            Kind::PromotionGate => gating.asked_promotion,
        };
        let (weight, next_weight) = self.weights_at(gating.stage);
        Action::Ask {
            kind: gating.kind,
            stage: gating.stage,
            weight,
            next_weight,
            asked: asked + 1,
        }
    }

    /// Returns the canary's weight before a stage and the one that a pass leads to.
    pub(super) fn weights_at(&self, stage: usize) -> (Weight, Weight) {
        if self.found().is_first() {
            return (Weight::ALL, Weight::ALL);
        }
        let next_stage = self.plan.stages().get(stage);
        (
            self.plan.weight_before(stage),
            next_stage.map_or(Weight::ALL, |stage| stage.weight),
        )
    }

    fn ask_during(&self, baking: &Baking) -> Action {
        let weight = self.plan.stages()[baking.stage].weight;
        Action::Ask {
            kind: Kind::HealthCheck,
            stage: baking.stage,
            weight,
            next_weight: weight,
            asked: baking.asked + 1,
        }
    }

    fn shift(&self, shifting: Shifting) -> Action {
        match shifting.compared {
            Some(at) => {
                let fresh_until = at.after(COMPARISON_KEEPS);
                let stage = shifting.stage;
                self.write_stage(
                    Purpose::Shift,
                    stage,
                    LeaseState::Running,
                    Some(fresh_until),
                )
            }
            None => Action::Observe {
                within: None,
                stable: ReadStable::UnlessKnown,
            },
        }
    }

    fn write_held(&self, holding: &Holding) -> Action {
        let mut write = self.write_stage(Purpose::Settle, holding.stage, holding.state(), None);
        if let (Action::Write { silent_for, .. }, Some(pause)) = (&mut write, holding.pause) {
            *silent_for = pause;
        }
        write
    }

    fn write_stage(
        &self,
        purpose: Purpose,
        stage: usize,
        state: LeaseState,
        compared_until: Option<Timestamp>,
    ) -> Action {
        let found = self.found();
        let weight = self.plan.stages()[stage].weight;
        let stages = self.plan.stages().iter().map(|stage| stage.weight);
        let lease = Lease {
            format: LEASE_FORMAT,
            run: self.run.clone(),
            epoch: self.epoch,
            holder: self.holder.clone(),
            place: self.place.clone(),
            begun_at: self.begun_at,
            stable: found.stable.name.clone(),
            canary: found.canary.name.clone(),
            labels: found.labels.clone(),
            emergency: self.plan.emergency().map(str::to_owned),
            stages: stages.collect(),
            weight_since: match purpose {
                // The weight begins with this write.
                Purpose::Shift => 0,
                Purpose::Settle | Purpose::RollBack | Purpose::Mark => self.weight_since,
            },
            stage: u32::try_from(stage).unwrap_or(u32::MAX),
            weight,
            state,
            baseline: found.baseline.clone(),
            expires_at: 0,
        };
        Action::Write {
            purpose,
            traffic: found.split(weight),
            lease: Some(lease),
            note: None,
            compared_until,
            silent_for: self
                .plan
                .stage_worst_case(stage)
                .saturating_add(self.timing().rollback_deadline),
            until: None,
        }
    }
}

fn wait_or(wait: Option<Timestamp>, action: impl FnOnce() -> Action) -> Action {
    wait.map_or_else(action, |until| Action::Wait { until })
}
