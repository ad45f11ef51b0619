//! The state machine: `next_action` derives the one thing to do from the state alone, `apply` folds a fact in.
//!
//! Nothing here waits, reads a clock or touches the world, so a state can be cloned, printed, replayed and
//! enumerated. Recovery is replay: the interrupted action comes out of `next_action` again, and every action is
//! absolute and may be repeated. Read [`phase`] first, then `preflight`, `forward`, `asking` and `closing` in the
//! order of a run.

mod action;
mod asking;
mod closing;
mod forward;
pub(crate) mod phase;
mod preflight;

pub use action::{Action, Intent, Purpose};

use std::time::Duration;

use crate::event::{Event, Fact, Timestamp};
use crate::lease::{Inspection, Lease, LeaseState};
use crate::outcome::{Cause, Outcome};
use crate::plan::{Plan, Timing};
use crate::traffic::{Traffic, Weight};
use crate::verdict::Memory;
use phase::{Closing, LateWrite, Phase, Sight, Step};

/// A fact that cannot follow the state: a broken caller or a damaged journal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{fact}\" cannot happen while {phase}")]
pub struct IllegalEvent {
    /// The fact's name.
    pub fact: &'static str,
    /// The phase's name.
    pub phase: &'static str,
}

/// A run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rollout {
    run: String,
    plan: Plan,
    intent: Intent,
    inspection: Option<Inspection>,
    phase: Phase,
    memory: Memory,
    epoch: u32,
    /// This process, among all that ever held the run.
    holder: String,
    /// True from the first write of this process on.
    wrote: bool,
    /// A write of unknown outcome that would undo a rollback.
    late_write: Option<LateWrite>,
    /// How many reads in a row have shown somebody else's change. One alone may be stale and ends nothing, but
    /// until a settled read says otherwise nothing is written either (I-19).
    foreign_reads: u8,
    /// Requests to end so far; two are as good as more.
    cancels: u8,
}

impl Rollout {
    /// Returns a run of which nothing has happened yet. `run` names it in the lease, and this process as its
    /// holder.
    pub fn new(run: String, plan: Plan, intent: Intent) -> Rollout {
        Rollout {
            holder: run.clone(),
            run,
            plan,
            intent,
            inspection: None,
            phase: Phase::Preflight,
            memory: Memory::default(),
            epoch: 1,
            wrote: false,
            late_write: None,
            foreign_reads: 0,
            cancels: 0,
        }
    }

    /// Returns the same run held by a process of another name: two that take a run over at the same time must not
    /// take each other's writes for their own (I-19).
    #[must_use]
    pub fn held_by(mut self, holder: String) -> Rollout {
        self.holder = holder;
        self
    }

    /// Returns the same run with what gates left behind in an earlier process of it.
    #[must_use]
    pub fn remembering(mut self, memory: Memory) -> Rollout {
        self.memory = memory;
        self
    }

    /// Folds a journal into the state it led to.
    ///
    /// # Errors
    /// At the first event that cannot follow the ones before it.
    pub fn replay(
        run: String,
        plan: Plan,
        intent: Intent,
        events: &[Event],
    ) -> Result<Rollout, IllegalEvent> {
        let mut rollout = Rollout::new(run, plan, intent);
        for event in events {
            rollout.apply(event)?;
        }
        Ok(rollout)
    }

    /// Returns the run's id.
    pub fn run(&self) -> &str {
        &self.run
    }

    /// Returns the name of this process among those that ever held the run.
    pub fn holder(&self) -> &str {
        &self.holder
    }

    /// Returns the plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Returns where the run stands.
    pub fn phase(&self) -> &Phase {
        &self.phase
    }

    /// Returns what the run is for.
    pub fn intent(&self) -> &Intent {
        &self.intent
    }

    /// Returns what was found at the start; `None` before that.
    pub fn inspection(&self) -> Option<&Inspection> {
        self.inspection.as_ref()
    }

    /// Returns what gates left behind.
    pub fn memory(&self) -> &Memory {
        &self.memory
    }

    /// Says whether this process has sent a write that was not refused, whatever else became of it.
    pub fn has_written(&self) -> bool {
        self.wrote
    }

    /// Returns the one thing to do now. Pure and total: the same state always gives the same action.
    pub fn next_action(&self) -> Action {
        match &self.phase {
            Phase::Preflight => Action::Inspect,
            Phase::Readiness { wait, .. } => wait_or(*wait, || Action::CheckReadiness),
            Phase::Gating(gating) => wait_or(gating.wait, || self.ask_before(gating)),
            Phase::Shifting {
                stage,
                compared,
                wait,
                ..
            } => wait_or(*wait, || match compared {
                false => Action::Observe { within: None },
                true => self.write_stage(Purpose::Shift, *stage, LeaseState::Running),
            }),
            Phase::Verifying { wait, .. } => wait_or(*wait, || Action::Observe { within: None }),
            Phase::Baking(baking) => wait_or(baking.wait, || self.ask_during(baking)),
            Phase::Promoting(closing) => close(closing, None, || Action::Write {
                purpose: Purpose::Settle,
                traffic: self.split(Weight::ALL),
                lease: None,
                silent_for: self.timing().rollback_deadline,
                until: Some(closing.deadline),
            }),
            Phase::Held { stage, closing, .. } => close(closing, None, || {
                self.write_stage(Purpose::Settle, *stage, LeaseState::Held)
            }),
            Phase::RollingBack { closing, .. } => {
                // Nothing is to be undone without a trace: then what was read is worth waiting for.
                let within = self.has_traces().then_some(self.timing().compare_deadline);
                close(closing, within, || Action::Write {
                    purpose: Purpose::RollBack,
                    traffic: self.found().baseline.clone(),
                    lease: None,
                    silent_for: self.timing().rollback_deadline,
                    until: Some(closing.deadline),
                })
            }
            Phase::Ended(outcome) => Action::Finish(outcome.clone()),
        }
    }

    /// Folds a fact in.
    ///
    /// # Errors
    /// When the fact cannot follow the state; the state is then unchanged.
    pub fn apply(&mut self, event: &Event) -> Result<(), IllegalEvent> {
        let Event { at, fact } = event;
        let illegal = IllegalEvent {
            fact: fact.name(),
            phase: self.phase.name(),
        };
        if !self.next_action().can_lead_to(fact) {
            return Err(illegal);
        }
        let foreign_reads = self.foreign_reads;
        let next = match fact {
            Fact::CancelRequested { by } => self.after_cancel(by, *at),
            Fact::JournalLost { reason } => self.after_journal_lost(reason, *at),
            _ => match self.phase.clone() {
                Phase::Preflight => self.after_preflight(fact, *at),
                Phase::Readiness { since, .. } => self.after_readiness(fact, since, *at),
                Phase::Gating(gating) => self.after_gating(fact, gating, *at),
                Phase::Shifting {
                    stage,
                    compared,
                    since,
                    ..
                } => self.after_shifting(fact, stage, compared, since, *at),
                Phase::Verifying { stage, since, .. } => {
                    self.after_verifying(fact, stage, since, *at)
                }
                Phase::Baking(baking) => self.after_baking(fact, baking, *at),
                Phase::Promoting(closing) => self.after_promoting(fact, closing, *at),
                Phase::Held {
                    stage,
                    reason,
                    closing,
                } => self.after_held(fact, stage, reason, closing, *at),
                Phase::RollingBack { cause, closing } => {
                    self.after_rolling_back(fact, cause, closing, *at)
                }
                Phase::Ended(_) => None,
            },
        };
        self.phase = next.ok_or(illegal)?;
        if let Fact::Observed {
            traffic,
            lease,
            settled,
        } = fact
        {
            let another = lease.as_ref().is_some_and(|lease| !self.is_ours(lease));
            match settled {
                true if self.foreign_reads == foreign_reads => self.foreign_reads = 0,
                false if another || self.sight(traffic) == Sight::Foreign => self.foreign_reads = 1,
                _ => {}
            }
        }
        Ok(())
    }

    /// A request to end: forward phases turn back for good (I-9). A promotion is finished, and a rollback is not
    /// stopped by anything; from the second request on it only has less time (I-10).
    fn after_cancel(&mut self, by: &str, at: Timestamp) -> Option<Phase> {
        let repeated = self.cancels > 0;
        self.cancels = self.cancels.saturating_add(1).min(2);
        let last_words = at.after(self.timing().last_words);
        match self.phase.clone() {
            Phase::Ended(_) => None,
            Phase::Preflight => Some(Phase::Ended(Outcome::Refused(format!(
                "cancelled by {by} before the app was read"
            )))),
            Phase::Promoting(closing) => Some(Phase::Promoting(closing)),
            Phase::RollingBack { cause, mut closing } => {
                if repeated {
                    closing.deadline = closing.deadline.min(last_words);
                    closing.wait = closing.wait.map(|wait| wait.min(last_words));
                }
                Some(Phase::RollingBack { cause, closing })
            }
            _ => Some(self.roll_back(Cause::Cancelled(by.to_owned()), at)),
        }
    }

    /// Without a journal there is no forward step; a promotion, a hold and a rollback go on without it (I-8).
    fn after_journal_lost(&self, reason: &str, at: Timestamp) -> Option<Phase> {
        match self.phase.clone() {
            Phase::Ended(_) => None,
            Phase::Preflight => Some(Phase::Ended(Outcome::Refused(format!(
                "the journal cannot be written: {reason}"
            )))),
            phase @ (Phase::Promoting(_) | Phase::Held { .. } | Phase::RollingBack { .. }) => {
                Some(phase)
            }
            _ => Some(self.roll_back(Cause::JournalLost(reason.to_owned()), at)),
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
            traffic: self.split(weight),
            lease: Some(lease),
            silent_for: self
                .plan
                .stage_worst_case(stage)
                .saturating_add(self.timing().rollback_deadline),
            until: None,
        }
    }

    fn timing(&self) -> &Timing {
        self.plan.timing()
    }

    fn found(&self) -> &Inspection {
        self.inspection
            .as_ref()
            .expect("every phase after preflight follows an inspection")
    }

    fn split(&self, weight: Weight) -> Traffic {
        let found = self.found();
        found
            .baseline
            .split(&found.stable.name, &found.canary.name, weight)
    }

    /// Says what a traffic array is, seen from this run.
    fn sight(&self, traffic: &Traffic) -> Sight {
        let found = self.found();
        if traffic.same_as(&found.baseline) {
            return Sight::Baseline;
        }
        match Weight::new(traffic.weight_of(&found.canary.name)) {
            Some(weight) if traffic.same_as(&self.split(weight)) => Sight::Split(weight),
            _ => Sight::Foreign,
        }
    }

    /// Says whether a lease is one that this run has put or found on the app.
    fn is_ours(&self, lease: &Lease) -> bool {
        let found = self.found().lease.as_ref();
        let owner = (lease.epoch, &lease.holder);
        lease.run == self.run
            && (owner == (self.epoch, &self.holder)
                || found.is_some_and(|found| owner == (found.epoch, &found.holder)))
    }

    /// Returns the traffic that this run left behind, seen from a phase.
    fn left_in(&self, phase: &Phase) -> Traffic {
        match phase {
            Phase::Shifting { stage, .. } => self.split(self.plan.weight_before(*stage)),
            Phase::Verifying { stage, .. } | Phase::Held { stage, .. } => {
                self.split(self.plan.stages()[*stage].weight)
            }
            Phase::Promoting(_) => self.split(Weight::ALL),
            _ => self.found().baseline.clone(),
        }
    }

    fn describe_foreign(&self, left: &Traffic, traffic: &Traffic, lease: Option<&Lease>) -> String {
        let owner = match lease {
            Some(lease) if self.is_ours(lease) => "the lease is this run's".to_owned(),
            Some(lease) => format!("the lease is of run {} epoch {}", lease.run, lease.epoch),
            None => "there is no lease".to_owned(),
        };
        match left.same_as(traffic) {
            true => format!("the app has {traffic} as it should; {owner}"),
            false => format!("the app should have {left} and has {traffic}; {owner}"),
        }
    }
}

/// Returns the step of a closing write. Only its comparison may be cut short: what was sent is always read back.
fn close(closing: &Closing, within: Option<Duration>, write: impl FnOnce() -> Action) -> Action {
    wait_or(closing.wait, || match closing.step {
        Step::Compare => Action::Observe { within },
        Step::Verify => Action::Observe { within: None },
        Step::Write => write(),
    })
}

fn wait_or(wait: Option<Timestamp>, action: impl FnOnce() -> Action) -> Action {
    wait.map_or_else(action, |until| Action::Wait { until })
}
