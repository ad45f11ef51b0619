//! Folds one fact into the state: checks that it can follow, settles what a read shows of other writers, and hands
//! the rest to the handler of the phase.

use super::action::{Action, Intent};
use super::compare::Read;
use super::late_write::LateWriter;
use super::phase::Phase;
use super::rollout::Rollout;
use super::traffic_kind::TrafficKind;
use crate::event::{Event, Fact, Timestamp};
use crate::inspection::RevisionState;
use crate::outcome::{Cause, Outcome};
use crate::plan::Plan;
use crate::traffic::Weight;

/// A fact that cannot follow the state: the caller is wrong, or the journal is damaged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{fact}\" cannot happen while {phase}")]
pub struct IllegalEvent {
    /// The fact's name.
    pub fact: &'static str,
    /// The phase's name.
    pub phase: &'static str,
}

impl Rollout {
    /// Folds the events of a journal into the state they led to, for reports and to find what gates returned.
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
        let action = self.next_action();
        let is_look = matches!(action, Action::Ask { .. } | Action::Wait { .. })
            && matches!(fact, Fact::Observed { .. });
        if !action.can_lead_to(fact) || (is_look && self.look().is_none()) {
            return Err(illegal);
        }
        let next = match fact {
            Fact::CancelRequested { by, hurry } => self.after_cancel(by, *hurry, *at),
            Fact::JournalLost { reason } => self.after_journal_lost(reason, *at),
            Fact::LateAnswer { .. } => Some(self.after_late_answer()),
            Fact::Advised { kind, answer, .. } => {
                self.remember_state(*kind, answer);
                return Ok(());
            }
            Fact::Unanswered { .. } => return Ok(()),
            Fact::Observed {
                traffic,
                lease,
                ended,
                stable,
                settled,
            } => {
                let read = Read {
                    traffic,
                    lease: lease.as_ref(),
                    ended: ended.as_ref(),
                    stable: *stable,
                    settled: *settled,
                };
                self.after_read(read, *at)
            }
            _ => self.after_fact(fact, *at),
        };
        self.phase = next.ok_or(illegal)?;
        Ok(())
    }

    /// A read that shows a foreign change is repeated once, for it may be stale. A second one in a row ends the run:
    /// nothing is touched any more (I-19). A run that another lockgate has ended ends at once: no stale read shows that.
    /// Every other read goes to the handler of the phase.
    fn after_read(&mut self, read: Read<'_>, at: Timestamp) -> Option<Phase> {
        if let Phase::Preflight { .. } | Phase::Readiness { .. } | Phase::Ended(_) = self.phase {
            return None;
        }
        self.stable_state = read.stable.or(self.stable_state);
        if let Some(end) = self.after_end_elsewhere(read, at) {
            return Some(end);
        }
        if self.shows_foreign_change(read) {
            if self.foreign_seen {
                let found = self.describe_foreign(&self.left_behind(), read);
                return Some(Phase::Ended(Outcome::Superseded(found)));
            }
            self.foreign_seen = true;
            return Some(self.phase.clone().waiting_until(self.next_poll(at)));
        }
        if read.settled {
            self.foreign_seen = false;
        } else if self.shows_another(read) {
            self.foreign_seen = true;
        }
        match self.phase.clone() {
            Phase::Shifting(shifting) => Some(self.shifting_read(shifting, read, at)),
            Phase::Verifying { stage, since, .. } => {
                Some(self.verifying_read(stage, since, read, at))
            }
            Phase::Promoting(last) => Some(self.promoting_read(last, read, at)),
            Phase::Held { holding, last } => Some(self.held_read(holding, last, read, at)),
            Phase::RollingBack { cause, last } => {
                Some(self.rolling_back_read(cause, last, read, at))
            }
            looking @ (Phase::Gating(_) | Phase::Baking(_)) => {
                Some(self.stable_lost(at).unwrap_or(looking))
            }
            Phase::Preflight { .. } | Phase::Readiness { .. } | Phase::Ended(_) => None,
        }
    }

    /// A write of this process was answered after all, so it cannot land any more. A read may have shown that before. The
    /// reads that follow show what it did.
    fn after_late_answer(&mut self) -> Phase {
        let mut phase = self.phase.clone();
        if let Some(LateWriter::Own { .. }) = self.late_write.map(|late| late.of) {
            self.late_write = None;
            if let Phase::RollingBack { last, .. } = &mut phase {
                last.wait = None;
            }
        }
        phase
    }

    /// Returns the end of a run that another lockgate has ended, where a read shows it and the baseline. While a write
    /// of this process may still land the run rolls back, which waits for it.
    fn after_end_elsewhere(&mut self, read: Read<'_>, at: Timestamp) -> Option<Phase> {
        if matches!(self.phase, Phase::RollingBack { .. }) {
            return None;
        }
        let ended = self.ended_by(read)?;
        if !read.settled || self.classify(read.traffic) != TrafficKind::Baseline {
            return None;
        }
        let how = format!("{} ({})", ended.by, ended.place);
        let cause = Cause::EndedElsewhere(how);
        Some(match self.late_write {
            Some(_) => self.roll_back(cause, at),
            None => Phase::Ended(Outcome::RolledBack(cause)),
        })
    }

    /// Turns back when the stable revision was last seen inactive while it has traffic.
    pub(super) fn stable_lost(&self, at: Timestamp) -> Option<Phase> {
        let weight = match &self.phase {
            Phase::Gating(gating) => self.plan.weight_before(gating.stage),
            Phase::Shifting(shifting) => self.plan.weight_before(shifting.stage),
            Phase::Baking(baking) => self.plan.stages()[baking.stage].weight,
            _ => return None,
        };
        let is_lost = self.stable_state == Some(RevisionState::Inactive) && weight < Weight::ALL;
        is_lost.then(|| {
            let stable = self.found().stable.name.clone();
            self.roll_back(Cause::StableInactive(stable), at)
        })
    }

    /// Returns when the app is read again; during a rollback not after its deadline.
    fn next_poll(&self, at: Timestamp) -> Timestamp {
        let poll = at.after(self.timing().poll_interval);
        match &self.phase {
            Phase::RollingBack { last, .. } => poll.min(last.deadline.max(at)),
            _ => poll,
        }
    }

    fn after_fact(&mut self, fact: &Fact, at: Timestamp) -> Option<Phase> {
        match self.phase.clone() {
            Phase::Preflight { since, .. } => self.after_preflight(fact, since, at),
            Phase::Readiness {
                since, is_inactive, ..
            } => self.after_readiness(fact, since, is_inactive, at),
            Phase::Gating(gating) => self.after_gating(fact, gating, at),
            Phase::Shifting(shifting) => self.after_shifting(fact, shifting, at),
            Phase::Verifying { stage, since, .. } => self.after_verifying(fact, stage, since, at),
            Phase::Baking(baking) => self.after_baking(fact, baking, at),
            Phase::Promoting(last) => self.after_promoting(fact, last, at),
            Phase::Held { holding, last } => self.after_held(fact, holding, last, at),
            Phase::RollingBack { cause, last } => self.after_rolling_back(fact, cause, last, at),
            Phase::Ended(_) => None,
        }
    }
}
