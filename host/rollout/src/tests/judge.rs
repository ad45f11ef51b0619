//! The invariants of a run, checked over any history, however it was made.
//!
//! The judge knows actions and facts alone. It reads a phase only to learn that a run has turned back or ended.

use std::hash::{Hash as _, Hasher};

use super::judged_write::{Judgement, Purpose, check, check_array, purpose, shown_weight};
use super::sample::{at_weight, baseline};
use crate::verdict::Report;
use crate::{
    Action, Event, Fact, Kind, Lease, LeaseState, Note, Outcome, Phase, Rollout, Timestamp,
    Traffic, Verdict,
};

/// What the judge knows of a history so far.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(super) struct Judge {
    /// The stage whose weights may be written next.
    next_stage: usize,
    /// A stage that was sent and has not been read back.
    unproven: Option<usize>,
    /// The last stage that was read back, and when its bake is over.
    proven: Option<(usize, Timestamp)>,
    /// The last answers to each question, after the bake, were passes of every gate.
    healthy: bool,
    agreed: bool,
    /// A forward write of unknown outcome that no read has shown: weight, state, and when it cannot land any more.
    late: Option<(u32, LeaseState, Timestamp)>,
    must_read: bool,
    latched: bool,
    /// The run was asked to end.
    asked: bool,
    /// A read showed a change by another writer, done or under way, and no settled read has disproved it since.
    foreign: bool,
    /// The last settled read showed neither what the run has left nor what it has sent.
    odd: bool,
    /// When a rollback may give up, once there is one.
    give_up: Option<Timestamp>,
    sent_baseline: bool,
    /// The last settled read showed the baseline and no lease.
    at_baseline: bool,
    /// A note was left after it.
    marked: bool,
    /// The stable revision could not be activated: all traffic of the baseline would fail.
    not_activated: bool,
}

impl Judge {
    /// Returns a judge of a run that continues a held stage.
    pub(super) fn of_held(stage: usize) -> Judge {
        Judge {
            next_stage: stage + 1,
            proven: Some((stage, Timestamp::default())),
            ..Judge::default()
        }
    }

    /// Returns a judge of a run that has just turned back, without its history.
    pub(super) fn of_turned_back(at: Timestamp) -> Judge {
        Judge {
            latched: true,
            give_up: Some(at),
            ..Judge::default()
        }
    }

    /// Feeds everything known to a hasher, with every time changed by `shift`.
    pub(super) fn hash_shifted(
        &self,
        shift: &impl Fn(Timestamp) -> Timestamp,
        to: &mut impl Hasher,
    ) {
        let mut judge = self.clone();
        judge.proven = judge.proven.map(|(stage, over)| (stage, shift(over)));
        judge.late = judge
            .late
            .map(|(weight, state, until)| (weight, state, shift(until)));
        judge.give_up = judge.give_up.map(shift);
        judge.hash(to);
    }

    /// Judges that `action`, decided by `before`, was followed by `event`, which led to `after`.
    pub(super) fn saw(
        &mut self,
        before: &Rollout,
        action: &Action,
        event: &Event,
        after: &Rollout,
    ) -> Judgement {
        let purpose = self.judge_action(before, action)?;
        self.learn(before, action, purpose, event);
        self.judge_phase(before, event, after)
    }

    /// Whatever a gate answers that decides nothing, at any time: what the run does next and all that steers it are as before,
    /// and gates that decide are given the same.
    pub(super) fn judge_advice(run: &Rollout, at: Timestamp) -> Judgement {
        for fact in super::facts::beside(run) {
            let what = format!("I-3: {} changes the run", fact.name());
            let mut after = run.clone();
            let applied = after.apply(&Event { at, fact });
            applied.map_err(|illegal| illegal.to_string())?;
            check(after.next_action() == run.next_action(), &what)?;
            let reports = after.memory().reports == run.memory().reports;
            let nothing = crate::Memory::default();
            let same = after.remembering(nothing.clone()) == run.clone().remembering(nothing);
            check(reports && same, &what)?;
        }
        Ok(())
    }

    fn judge_action(&self, run: &Rollout, action: &Action) -> Result<Option<Purpose>, String> {
        match action {
            Action::Inspect | Action::CheckReadiness if self.must_read => {
                Err("I-7: not a read after a write of unknown outcome".to_owned())
            }
            Action::Write {
                purpose: crate::Purpose::Mark,
                lease,
                note,
                ..
            } => {
                let canary = run.inspection().map(|found| found.canary.name.clone());
                let marks = canary.map(Note::Failed) == *note && lease.is_none();
                check(marks, "not the mark of the canary")?;
                check(!run.has_written(), "a mark of its own after a write")?;
                check(
                    self.give_up.is_some() && self.at_baseline && !self.foreign,
                    "I-19: a mark before the baseline is verified",
                )?;
                Ok(Some(Purpose::Mark))
            }
            Action::Write { traffic, lease, .. } => {
                check(
                    !self.must_read,
                    "I-7: a write of unknown outcome is not read back",
                )?;
                check(!self.foreign, "I-19: a write over a foreign change")?;
                check_array(traffic)?;
                let purpose = purpose(run, traffic, lease.as_ref())?;
                self.judge_write(run, purpose)?;
                Ok(Some(purpose))
            }
            _ => Ok(None),
        }
    }

    fn judge_write(&self, run: &Rollout, purpose: Purpose) -> Judgement {
        let turned_back = self.give_up.is_some();
        if purpose == Purpose::RollBack {
            return check(
                turned_back,
                "I-2: the baseline is written without a rollback",
            );
        }
        check(
            !turned_back,
            "I-2: something but the baseline after turning back",
        )?;
        match purpose {
            Purpose::Stage(stage) => {
                check(!self.latched, "I-9: a forward write after a request to end")?;
                check(stage == self.next_stage, "I-2: not the plan's next weight")?;
                self.check_evidence(run, stage)
            }
            Purpose::Promote => self.check_evidence(run, run.plan().stages().len()),
            Purpose::Hold => {
                check(!self.asked, "I-9: a hold after a request to end")?;
                check(
                    self.unproven.is_none(),
                    "I-1: a hold at an unverified weight",
                )
            }
            Purpose::RollBack | Purpose::Mark => Ok(()),
        }
    }

    /// I-3: the stage before is verified, its bake is over, and after it every gate has passed.
    fn check_evidence(&self, run: &Rollout, stage: usize) -> Judgement {
        let before = stage.checked_sub(1);
        check(
            self.unproven.is_none() && self.proven.map(|(stage, _)| stage) == before,
            "I-3: the stage before is not verified",
        )?;
        let health = run.plan().health_checks().is_empty() || self.healthy;
        check(health, "I-3: no health check has passed since the bake")?;
        let gates = run.gates_for(Kind::PromotionGate, stage).is_empty() || self.agreed;
        check(gates, "I-3: no promotion gate has passed since the bake")
    }

    fn learn(&mut self, run: &Rollout, action: &Action, purpose: Option<Purpose>, event: &Event) {
        let at = event.at;
        if purpose == Some(Purpose::Mark) {
            // It has no part in the traffic.
            self.marked = true;
            return;
        }
        match &event.fact {
            Fact::Written => self.sent(run, purpose, None),
            Fact::WriteUnknown { .. } => {
                self.must_read = true;
                let until = at.after(run.plan().timing().late_write_window);
                self.sent(run, purpose, Some(until));
            }
            Fact::WriteRefused { .. } => self.sent_baseline |= purpose == Some(Purpose::RollBack),
            Fact::LateAnswer { .. } => self.late = None,
            Fact::NotActivated { .. } => self.not_activated = true,
            Fact::WriteNotNow { .. } => {
                self.sent_baseline |= purpose == Some(Purpose::RollBack);
                // Somebody else may be writing: every repetition is preceded by a comparison.
                self.must_read = true;
            }
            Fact::Unobserved { .. } => self.must_read = false,
            Fact::Observed {
                traffic,
                lease,
                settled,
                ..
            } => {
                self.must_read = false;
                self.read(run, traffic, lease.as_ref(), *settled, at);
            }
            Fact::Answered { kind, answers } => {
                let stage = match action {
                    Action::Ask { stage, .. } => *stage,
                    _ => 0,
                };
                let passed = run.gates_for(*kind, stage).iter().all(|gate| {
                    let pass = |result: &Result<Report, _>| {
                        matches!(result, Ok(report) if report.verdict == Verdict::Pass)
                    };
                    let mut of_gate = answers.iter().filter(|a| a.gate == *gate).peekable();
                    of_gate.peek().is_some() && of_gate.all(|answer| pass(&answer.result))
                });
                let baked = self.proven.is_none_or(|(_, over)| at >= over);
                match kind {
                    Kind::HealthCheck => self.healthy = passed && baked,
                    Kind::PromotionGate => self.agreed = passed && baked,
                }
            }
            Fact::CancelRequested { hurry, .. } => {
                (self.latched, self.asked) = (true, true);
                if *hurry && self.give_up.is_some() {
                    let hurried = at.after(run.plan().timing().hurry_deadline);
                    self.give_up = self.give_up.map(|give_up| give_up.min(hurried));
                }
            }
            Fact::JournalLost { .. } => self.latched = true,
            _ => {}
        }
    }

    fn sent(&mut self, run: &Rollout, purpose: Option<Purpose>, late: Option<Timestamp>) {
        let weight_of = |stage: usize| run.plan().stages()[stage].weight.per_cent();
        match purpose {
            Some(Purpose::Stage(stage)) => {
                self.next_stage = stage + 1;
                self.unproven = Some(stage);
                (self.healthy, self.agreed) = (false, false);
                self.late = late.map(|until| (weight_of(stage), LeaseState::Running, until));
            }
            Some(Purpose::Hold) => {
                let weight = self.proven.map_or(0, |(stage, _)| weight_of(stage));
                self.late = late
                    .map(|until| (weight, LeaseState::Held, until))
                    .or(self.late);
            }
            Some(Purpose::RollBack) => self.sent_baseline = true,
            Some(Purpose::Promote | Purpose::Mark) | None => {}
        }
    }

    fn read(
        &mut self,
        run: &Rollout,
        traffic: &Traffic,
        lease: Option<&Lease>,
        settled: bool,
        at: Timestamp,
    ) {
        let stages = run.plan().stages();
        let weight_of = |stage: usize| Some(stages[stage].weight.per_cent());
        let shown = shown_weight(traffic);
        let known = shown == Some(0) || stages.iter().any(|s| Some(s.weight.per_cent()) == shown);
        let ours = |lease: &Lease| {
            lease.run == run.run() && lease.epoch <= 2 && lease.holder != super::facts::RIVAL
        };
        let another = lease.is_some_and(|lease| !ours(lease));
        self.foreign = another || !known || (self.foreign && !settled);
        if settled {
            self.at_baseline = shown == Some(0) && lease.is_none();
            let left = |stage: Option<usize>| match stage {
                Some(stage) => shown == weight_of(stage) && lease.is_some(),
                None => shown == Some(0) && lease.is_none(),
            };
            let sent = self.next_stage.checked_sub(1);
            let before = self.next_stage.checked_sub(2);
            let may_be_before = self.unproven.is_some() && left(before);
            self.odd = !left(sent) && !may_be_before;
        }
        if let Some((weight, state, _)) = self.late
            && shown == Some(weight)
            && lease.is_some_and(|lease| lease.state == state)
        {
            self.late = None;
        }
        if let Some(stage) = self.unproven {
            let has_lease = lease.is_some_and(|r| ours(r) && r.weight == stages[stage].weight);
            if settled && shown == weight_of(stage) && has_lease {
                self.unproven = None;
                self.proven = Some((stage, at.after(stages[stage].bake)));
            }
        }
    }

    fn judge_phase(&mut self, before: &Rollout, event: &Event, after: &Rollout) -> Judgement {
        let was_back = matches!(before.phase(), Phase::RollingBack { .. });
        match after.phase() {
            Phase::RollingBack { .. } if !was_back => {
                let limit = after.plan().timing().rollback_deadline;
                self.give_up = Some(event.at.after(limit));
                // The passes of before do not matter any more.
                (self.healthy, self.agreed, self.proven) = (false, false, None);
            }
            Phase::RollingBack { .. } => {}
            Phase::Ended(outcome) => return self.judge_end(after, event, outcome),
            _ => check(!was_back, "I-2: a rollback has turned forward")?,
        }
        Ok(())
    }

    /// I-1: the outcome is what the last read showed.
    fn judge_end(&self, run: &Rollout, event: &Event, outcome: &Outcome) -> Judgement {
        let shown = match &event.fact {
            Fact::Observed {
                traffic,
                lease,
                settled: true,
                ..
            } => Some((traffic, lease.as_ref())),
            Fact::Inspected { inspection } => Some((&inspection.now, inspection.lease.as_ref())),
            _ => None,
        };
        let shows = |wanted: &Traffic, state: Option<LeaseState>| {
            shown.is_some_and(|(traffic, lease)| {
                traffic.same_as(wanted) && lease.map(|lease| lease.state) == state
            })
        };
        let sent = self.next_stage > 0 && !self.foreign && !self.odd;
        match outcome {
            Outcome::Promoted => check(shows(&at_weight(100), None), "I-1: promoted, unread"),
            // The write was refused, so the last read before it holds.
            Outcome::PromotedWithLease(_) => check(
                self.give_up.is_none() && !self.foreign && self.unproven.is_none(),
                "I-1: promoted with its lease, unread",
            ),
            Outcome::RolledBack(_) => {
                let is_read = shows(&baseline(), None) || (self.marked && self.at_baseline);
                check(is_read, "I-1: rolled back, unread")?;
                let landed = self.late.is_none_or(|(.., until)| event.at >= until);
                check(landed, "I-12: rolled back while a write may still land")
            }
            Outcome::Held { weight, .. } => {
                let shown = |state| shows(&at_weight(*weight), Some(state));
                let is_held = shown(LeaseState::Held) || shown(LeaseState::Paused);
                check(is_held, "I-1: held, unread")
            }
            Outcome::Unverified { .. } | Outcome::Stuck { cause: Some(_), .. } => {
                let in_time = self.give_up.is_none_or(|give_up| event.at >= give_up);
                check(in_time, "I-11: a rollback gave up before its deadline")?;
                check(
                    !sent || self.sent_baseline || self.not_activated,
                    "I-11: a rollback gave up without a write",
                )
            }
            Outcome::Superseded(_) => {
                let read = matches!(event.fact, Fact::Observed { .. });
                check(read, "I-19: superseded without a read")
            }
            Outcome::Refused(_) | Outcome::Idle | Outcome::Cancelled(_) => {
                check(!run.has_written(), "I-6: refused after a write")
            }
            Outcome::Stuck { cause: None, .. } => Ok(()),
        }
    }
}
