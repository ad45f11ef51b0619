//! Derives the one thing to do now from the state alone.
//!
//! Pure and total: the same state always leads to the same action, and every action is absolute (a weight, never a
//! difference), so an action that was interrupted may be done again.

use super::action::{Action, Purpose};
use super::phase::{Baking, Gating, Phase, Shifting};
use super::rollout::Rollout;
use crate::event::Timestamp;
use crate::lease::{Lease, LeaseState};
use crate::traffic::Weight;
use crate::verdict::Kind;

impl Rollout {
    /// Returns the one thing to do now.
    pub fn next_action(&self) -> Action {
        match &self.phase {
            Phase::Preflight => Action::Inspect,
            Phase::Readiness { wait, .. } => wait_or(*wait, || Action::CheckReadiness),
            Phase::Gating(gating) => wait_or(gating.wait, || self.ask_before(gating)),
            Phase::Shifting(shifting) => wait_or(shifting.wait, || self.shift(*shifting)),
            Phase::Verifying { wait, .. } => wait_or(*wait, || Action::Observe { within: None }),
            Phase::Baking(baking) => wait_or(baking.wait, || self.ask_during(baking)),
            Phase::Promoting(last) => last.next_action(None, || Action::Write {
                purpose: Purpose::Settle,
                traffic: self.found().split(Weight::ALL),
                lease: None,
                silent_for: self.timing().rollback_deadline,
                until: Some(last.deadline),
            }),
            Phase::Held { stage, last, .. } => last.next_action(None, || {
                self.write_stage(Purpose::Settle, *stage, LeaseState::Held)
            }),
            Phase::RollingBack { last, .. } => {
                // Without a write to undo, the comparison is all there is to do, and it may take its time.
                let within = self.has_traces().then_some(self.timing().compare_deadline);
                last.next_action(within, || Action::Write {
                    purpose: Purpose::RollBack,
                    traffic: self.found().baseline.clone(),
                    lease: None,
                    silent_for: self.timing().rollback_deadline,
                    until: Some(last.deadline),
                })
            }
            Phase::Ended(outcome) => Action::Finish(outcome.clone()),
        }
    }

    /// Returns the time at which a rollback must be over that was asked twice to end; no call outlasts it.
    pub(crate) fn hurry_until(&self) -> Option<Timestamp> {
        match &self.phase {
            Phase::RollingBack { last, .. } if self.cancels > 1 => Some(last.deadline),
            _ => None,
        }
    }

    fn ask_before(&self, gating: &Gating) -> Action {
        let asked = match gating.kind {
            Kind::HealthCheck => gating.asked_health,
            Kind::PromotionGate => gating.asked_promotion,
        };
        let (weight, next_weight) = if self.found().is_first() {
            (Weight::ALL, Weight::ALL)
        } else {
            let next_stage = self.plan.stages().get(gating.stage);
            (
                self.plan.weight_before(gating.stage),
                next_stage.map_or(Weight::ALL, |stage| stage.weight),
            )
        };
        Action::Ask {
            kind: gating.kind,
            stage: gating.stage,
            weight,
            next_weight,
            asked: asked + 1,
        }
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
        if shifting.compared {
            self.write_stage(Purpose::Shift, shifting.stage, LeaseState::Running)
        } else {
            Action::Observe { within: None }
        }
    }

    fn write_stage(&self, purpose: Purpose, stage: usize, state: LeaseState) -> Action {
        let found = self.found();
        let weight = self.plan.stages()[stage].weight;
        let lease = Lease {
            run: self.run.clone(),
            epoch: self.epoch,
            holder: self.holder.clone(),
            stable: found.stable.name.clone(),
            canary: found.canary.name.clone(),
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
