//! Asking gates: before a stage, during its bake, and after the last one. Only a pass of every gate passes (I-14). Gates that
//! decide nothing are asked beside the steps (`advice.rs`), and nothing here reads an answer of theirs.

use std::time::Duration;

use super::action::Intent;
use super::final_write::{FinalWrite, Step};
use super::phase::{Baking, Gating, Holding, Phase};
use super::rollout::Rollout;
use crate::event::{Fact, Timestamp};
use crate::outcome::Cause;
use crate::plan::OnDeadline;
use crate::verdict::{GateAnswer, GateFailure, Kind, MemoryKey, Report, Verdict};

/// The shortest time before a gate is asked again, whatever it asks for.
const SHORTEST_ASK_AGAIN: Duration = Duration::from_millis(100);

/// The result of one round of answers.
enum Round {
    /// Every gate passed.
    Pass,
    /// At least one gate said no.
    No { gate: String, reason: String },
    /// No gate said no, and at least one could not answer.
    Broke { gate: String, failure: GateFailure },
    /// Every gate answered, no gate said no, and at least one wants to be asked again.
    Hold {
        gate: String,
        reason: String,
        ask_again_ms: Option<u32>,
    },
}

impl Rollout {
    /// Begins asking about a stage, health checks first. Goes on at once where there is no gate to ask.
    pub(super) fn ask_gates(&mut self, stage: usize, at: Timestamp) -> Phase {
        let gating = Gating {
            stage,
            kind: Kind::HealthCheck,
            since: at,
            asked_health: 0,
            asked_promotion: 0,
            failures: 0,
            wait: None,
        };
        if self.plan.health_checks().is_empty() {
            self.after_health_passed(gating, at)
        } else {
            Phase::Gating(gating)
        }
    }

    pub(super) fn after_health_passed(&mut self, mut gating: Gating, at: Timestamp) -> Phase {
        if let Intent::Undo { .. } = self.intent {
            return self.commit_undo(at);
        }
        if let Some(pause) = self.pause_before(gating.stage, at) {
            return pause;
        }
        self.promotion_round = Some((gating.stage, gating.asked_promotion));
        if self.gates_for(Kind::PromotionGate, gating.stage).is_empty() {
            return self.advance(gating.stage, at);
        }
        gating.kind = Kind::PromotionGate;
        Phase::Gating(gating)
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
            Kind::PromotionGate => {
                self.promotion_round = Some((gating.stage, gating.asked_promotion));
                gating.asked_promotion += 1;
            }
        }
        let timing = self.timing();
        match self.round(kind, gating.stage, answers) {
            Round::Pass => {
                gating.failures = 0;
                Some(match kind {
                    Kind::HealthCheck => self.after_health_passed(gating, at),
                    Kind::PromotionGate => self.advance(gating.stage, at),
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
                // The canary keeps serving while a promotion gate holds, so its health is checked again each time.
                if !self.plan.health_checks().is_empty() {
                    gating.kind = Kind::HealthCheck;
                }
                Some(Phase::Gating(gating))
            }
        }
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

    /// A hold before `stage` outlived its deadline: freezes at the weight of the stage before it, or rolls back.
    fn held_too_long(&self, stage: usize, gate: String, reason: String, at: Timestamp) -> Phase {
        match stage.checked_sub(1) {
            Some(stage) if self.plan.on_deadline() == OnDeadline::Freeze => {
                let deadline = at.after(self.timing().verify_deadline);
                let holding = Holding {
                    stage,
                    reason: format!("gate {gate} held until its deadline: {reason}"),
                    pause: None,
                };
                Phase::Held {
                    holding,
                    last: FinalWrite::starting_with(Step::Compare, deadline),
                }
            }
            _ => self.roll_back(Cause::HeldTooLong { gate, reason }, at),
        }
    }

    fn ask_again_at(&self, ask_again_ms: Option<u32>, at: Timestamp) -> Timestamp {
        let wanted = ask_again_ms.map_or(self.timing().check_interval, |ms| {
            Duration::from_millis(u64::from(ms))
        });
        at.after(wanted.max(SHORTEST_ASK_AGAIN))
    }

    /// Returns what the answers come to: a no outweighs a failure, a failure outweighs a hold, and a gate without an
    /// answer has failed.
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
            // A plan may name a gate twice; then each of its answers counts.
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
            self.remember_state(kind, answer);
            if let (Kind::HealthCheck, Ok(report)) = (kind, &answer.result) {
                self.memory
                    .reports
                    .insert(answer.gate.clone(), report.clone());
            }
        }
    }

    /// Keeps the state of a gate for its next call. Of a gate that decides nothing that is all: a promotion gate that decides
    /// gets no report of it.
    pub(super) fn remember_state(&mut self, kind: Kind, answer: &GateAnswer) {
        if let Ok(report) = &answer.result {
            let gate = answer.gate.clone();
            let key = MemoryKey { kind, gate };
            self.memory.states.insert(key, report.state.clone());
        }
    }
}
