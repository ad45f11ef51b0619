//! Asking gates: before a stage, during its bake, and after the last one. Only a pass of every gate passes.

use super::phase::{Baking, Closing, Gating, Phase, Step};
use super::{Action, Rollout};
use crate::event::{Fact, Timestamp};
use crate::outcome::Cause;
use crate::plan::OnDeadline;
use crate::traffic::Weight;
use crate::verdict::{GateAnswer, GateFailure, Kind, Report, Verdict};

/// What one round of answers comes to.
enum Round {
    /// Every gate passed.
    Pass,
    /// Some gate said no.
    No { gate: String, reason: String },
    /// Some gate could not answer.
    Broke { gate: String, failure: GateFailure },
    /// Some gate wants to be asked again.
    Hold {
        gate: String,
        reason: String,
        ask_again_ms: Option<u32>,
    },
}

impl Rollout {
    pub(super) fn ask_before(&self, gating: &Gating) -> Action {
        let asked = match gating.kind {
            Kind::HealthCheck => gating.asked_health,
            Kind::PromotionGate => gating.asked_promotion,
        };
        let next_stage = self.plan.stages().get(gating.stage);
        let (weight, next_weight) = match self.found().is_first() {
            true => (Weight::ALL, Weight::ALL),
            false => (
                self.plan.weight_before(gating.stage),
                next_stage.map_or(Weight::ALL, |stage| stage.weight),
            ),
        };
        Action::Ask {
            kind: gating.kind,
            stage: gating.stage,
            weight,
            next_weight,
            asked: asked + 1,
        }
    }

    pub(super) fn ask_during(&self, baking: &Baking) -> Action {
        let weight = self.plan.stages()[baking.stage].weight;
        Action::Ask {
            kind: Kind::HealthCheck,
            stage: baking.stage,
            weight,
            next_weight: weight,
            asked: baking.asked + 1,
        }
    }

    /// Returns the names of the gates that a question is for.
    pub fn gates_for(&self, kind: Kind, stage: usize) -> &[String] {
        match kind {
            Kind::HealthCheck => self.plan.health_checks(),
            Kind::PromotionGate => self
                .plan
                .stages()
                .get(stage)
                .map_or(&[], |stage| stage.gates.as_slice()),
        }
    }

    pub(super) fn after_gating(
        &mut self,
        fact: &Fact,
        mut gating: Gating,
        at: Timestamp,
    ) -> Option<Phase> {
        let (kind, answers) = match fact {
            Fact::Waited => {
                gating.wait = None;
                return Some(Phase::Gating(gating));
            }
            Fact::Answered { kind, answers } if *kind == gating.kind => (*kind, answers),
            _ => return None,
        };
        self.remember(kind, answers);
        match kind {
            Kind::HealthCheck => gating.asked_health += 1,
            Kind::PromotionGate => gating.asked_promotion += 1,
        }
        let timing = self.timing();
        match self.round(kind, gating.stage, answers) {
            Round::Pass => {
                gating.failures = 0;
                Some(match kind {
                    Kind::HealthCheck => self.after_health_passed(gating, at),
                    Kind::PromotionGate => self.go_on(gating.stage, at),
                })
            }
            Round::No { gate, reason } => {
                Some(self.roll_back(Cause::GateSaidNo { gate, kind, reason }, at))
            }
            Round::Broke { gate, failure } if gating.failures >= timing.gate_retries => {
                Some(self.roll_back(Cause::GateBroke { gate, failure }, at))
            }
            Round::Broke { .. } => {
                gating.failures += 1;
                gating.wait = Some(at.after(timing.retry_interval));
                Some(Phase::Gating(gating))
            }
            Round::Hold {
                gate,
                reason,
                ask_again_ms,
            } => {
                let deadline = gating.since.after(timing.gate_deadline);
                if at >= deadline {
                    return Some(self.held_too_long(gating.stage, gate, reason, at));
                }
                gating.wait = Some(self.ask_again_at(ask_again_ms, at).min(deadline));
                // While a promotion gate holds the canary keeps serving: its health is asked again each time.
                if !self.plan.health_checks().is_empty() {
                    gating.kind = Kind::HealthCheck;
                }
                Some(Phase::Gating(gating))
            }
        }
    }

    pub(super) fn after_health_passed(&self, mut gating: Gating, at: Timestamp) -> Phase {
        if self.gates_for(Kind::PromotionGate, gating.stage).is_empty() {
            return self.go_on(gating.stage, at);
        }
        gating.kind = Kind::PromotionGate;
        Phase::Gating(gating)
    }

    pub(super) fn after_baking(
        &mut self,
        fact: &Fact,
        mut baking: Baking,
        at: Timestamp,
    ) -> Option<Phase> {
        let answers = match fact {
            Fact::Waited if at >= baking.until => {
                return Some(self.ask_gates(baking.stage + 1, at));
            }
            Fact::Waited => {
                baking.wait = None;
                return Some(Phase::Baking(baking));
            }
            Fact::Answered {
                kind: Kind::HealthCheck,
                answers,
            } => answers,
            _ => return None,
        };
        let kind = Kind::HealthCheck;
        self.remember(kind, answers);
        baking.asked += 1;
        let timing = self.timing();
        let mut again = at.after(timing.check_interval);
        match self.round(kind, baking.stage, answers) {
            Round::Pass => {
                baking.failures = 0;
                baking.held_since = None;
            }
            Round::No { gate, reason } => {
                return Some(self.roll_back(Cause::GateSaidNo { gate, kind, reason }, at));
            }
            Round::Broke { gate, failure } if baking.failures >= timing.gate_retries => {
                return Some(self.roll_back(Cause::GateBroke { gate, failure }, at));
            }
            Round::Broke { .. } => {
                baking.failures += 1;
                again = at.after(timing.retry_interval);
            }
            Round::Hold {
                gate,
                reason,
                ask_again_ms,
            } => {
                let since = *baking.held_since.get_or_insert(at);
                if at >= since.after(timing.gate_deadline) {
                    return Some(self.held_too_long(baking.stage + 1, gate, reason, at));
                }
                again = self.ask_again_at(ask_again_ms, at);
            }
        }
        baking.wait = Some(again.min(baking.until.max(at)));
        Some(Phase::Baking(baking))
    }

    /// A hold outlived its deadline before `stage`: freeze at the weight of the stage before it, or roll back.
    fn held_too_long(&self, stage: usize, gate: String, reason: String, at: Timestamp) -> Phase {
        match (self.plan.on_deadline(), stage.checked_sub(1)) {
            (OnDeadline::Freeze, Some(stage)) => Phase::Held {
                stage,
                reason: format!("gate {gate} held until its deadline: {reason}"),
                closing: Closing {
                    step: Step::Compare,
                    deadline: at.after(self.timing().verify_deadline),
                    wait: None,
                    sent: 0,
                },
            },
            _ => self.roll_back(Cause::HeldTooLong { gate, reason }, at),
        }
    }

    fn ask_again_at(&self, ask_again_ms: Option<u32>, at: Timestamp) -> Timestamp {
        let shortest = std::time::Duration::from_millis(100);
        let wanted = ask_again_ms.map_or(self.timing().check_interval, |ms| {
            std::time::Duration::from_millis(u64::from(ms))
        });
        at.after(wanted.max(shortest))
    }

    /// Comes to one decision: a no outweighs a failure, a failure outweighs a hold, and silence is a failure.
    fn round(&self, kind: Kind, stage: usize, answers: &[GateAnswer]) -> Round {
        let mut broke = None;
        let mut hold = None;
        for gate in self.gates_for(kind, stage) {
            let gate = gate.clone();
            let mut of_gate = answers
                .iter()
                .filter(|answer| answer.gate == gate)
                .peekable();
            if of_gate.peek().is_none() {
                let failure = GateFailure::Host("the gate was not asked".to_owned());
                broke = broke.or(Some(Round::Broke { gate, failure }));
                continue;
            }
            // A plan may name a gate twice: then each of its answers counts.
            for answer in of_gate {
                let gate = gate.clone();
                match answer.result.clone() {
                    Err(failure) => broke = broke.or(Some(Round::Broke { gate, failure })),
                    Ok(Report {
                        verdict, reason, ..
                    }) => match verdict {
                        Verdict::Pass => {}
                        Verdict::Fail => return Round::No { gate, reason },
                        Verdict::Hold { ask_again_ms } => {
                            hold = hold.or(Some(Round::Hold {
                                gate,
                                reason,
                                ask_again_ms,
                            }));
                        }
                    },
                }
            }
        }
        broke.or(hold).unwrap_or(Round::Pass)
    }

    fn remember(&mut self, kind: Kind, answers: &[GateAnswer]) {
        for answer in answers {
            let Ok(report) = &answer.result else { continue };
            let key = (kind, answer.gate.clone());
            self.memory.states.insert(key, report.state.clone());
            if kind == Kind::HealthCheck {
                self.memory
                    .reports
                    .insert(answer.gate.clone(), report.clone());
            }
        }
    }
}
