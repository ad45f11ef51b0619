//! Preflight: from what was found to the first phase. Nothing is written here; what is not in order is refused.

use super::phase::{Phase, Sight};
use super::{Intent, Rollout};
use crate::event::{Fact, Timestamp};
use crate::lease::{Inspection, Lease, LeaseState};
use crate::outcome::{Cause, Outcome};
use crate::verdict::human;

impl Rollout {
    pub(super) fn after_preflight(&mut self, fact: &Fact, at: Timestamp) -> Option<Phase> {
        match fact {
            Fact::Refused { reason } => Some(Phase::Ended(Outcome::Refused(reason.clone()))),
            Fact::NoLease if self.intent != Intent::Rollout => Some(Phase::Ended(Outcome::Idle)),
            Fact::Inspected { inspection } => {
                self.inspection = Some((**inspection).clone());
                Some(self.begin(inspection, at))
            }
            _ => None,
        }
    }

    fn begin(&mut self, inspection: &Inspection, at: Timestamp) -> Phase {
        let refuse = |why: String| Phase::Ended(Outcome::Refused(why));
        let lease = inspection.lease.clone();
        match (self.intent.clone(), lease) {
            // What else carries traffic could not be kept as it is (I-4, I-5).
            (Intent::Rollout, None) if !inspection.can_begin() => refuse(format!(
                "stable {} does not carry all traffic of app {}: the app has {}",
                inspection.stable.name, inspection.app, inspection.baseline,
            )),
            (Intent::Rollout, None) => Phase::Readiness {
                since: at,
                wait: None,
            },
            (Intent::Rollout, Some(lease)) => refuse(format!(
                "run {} has left its lease on app {} (canary {} at {}, {}): look with `lockgate status`, \
                 then `lockgate abort` or, if it is held, `lockgate resume`",
                lease.run,
                inspection.app,
                lease.canary,
                lease.weight,
                state_word(lease.state),
            )),
            (_, None) => Phase::Ended(Outcome::Idle),
            (Intent::Resume, Some(lease)) => self.resume(inspection, &lease, at),
            (Intent::Abort { by }, Some(lease)) => {
                self.adopt(&lease);
                self.give_back(inspection, Cause::Cancelled(by), at)
            }
            (Intent::Recover { .. }, Some(lease)) if lease.state == LeaseState::Held => {
                self.left_held(inspection, &lease)
            }
            (Intent::Recover { as_of, ended }, Some(lease))
                if lease.expires_at > as_of && ended.as_ref() != Some(&lease.run) =>
            {
                refuse(format!(
                    "run {} may still be alive: its lease is good for another {}; `lockgate abort` does not wait, \
                     and `lockgate recover --run-id {}` says that it has ended",
                    lease.run,
                    human(std::time::Duration::from_secs(lease.expires_at - as_of)),
                    lease.run
                ))
            }
            (Intent::Recover { ended, .. }, Some(lease)) => {
                self.adopt(&lease);
                let how = match ended.as_ref() == Some(&lease.run) {
                    true => "has ended",
                    false => "is silent",
                };
                let left = format!("run {} {how} and left its lease behind", lease.run);
                self.give_back(inspection, Cause::Abandoned(left), at)
            }
        }
    }

    /// Begins to undo a run of another process; not onto a revision that cannot serve, for a canary that serves badly
    /// is better than nothing that serves.
    fn give_back(&self, inspection: &Inspection, cause: Cause, at: Timestamp) -> Phase {
        match &inspection.stable_unfit {
            Some(unfit) if !inspection.now.same_as(&inspection.baseline) => {
                Phase::Ended(Outcome::Stuck {
                    cause: Some(cause),
                    problem: format!("nothing was written: {unfit}"),
                })
            }
            _ => self.roll_back(cause, at),
        }
    }

    /// A frozen run is nobody's to clean up: it stands as a person is to find it.
    fn left_held(&self, inspection: &Inspection, lease: &Lease) -> Phase {
        let run = &lease.run;
        Phase::Ended(match self.sight(&inspection.now) {
            Sight::Split(weight) if weight == lease.weight => Outcome::Held {
                weight: weight.per_cent(),
                reason: format!("run {run} is held on purpose"),
            },
            _ => Outcome::Refused(format!(
                "run {run} is held at {} on purpose, but the app has {}: put it right, or give it back with \
                 `lockgate abort`",
                lease.weight, inspection.now
            )),
        })
    }

    fn resume(&mut self, inspection: &Inspection, lease: &Lease, at: Timestamp) -> Phase {
        if lease.state != LeaseState::Held {
            return Phase::Ended(Outcome::Refused(format!(
                "run {} is not held but under way or dead: `lockgate recover` or `lockgate abort` gives the \
                 traffic back",
                lease.run
            )));
        }
        let stage = self
            .plan
            .stages()
            .iter()
            .position(|stage| stage.weight == lease.weight);
        let Some(stage) = stage else {
            return Phase::Ended(Outcome::Refused(format!(
                "run {} is held at {}, and the plan has no such stage: restore its stages in the configuration, \
                 or give the traffic back with `lockgate abort`",
                lease.run, lease.weight
            )));
        };
        self.adopt(lease);
        if self.sight(&inspection.now) != Sight::Split(lease.weight) {
            let left = self.split(lease.weight);
            let found = self.describe_foreign(&left, &inspection.now, Some(lease));
            return Phase::Ended(Outcome::Superseded(found));
        }
        self.ask_gates(stage + 1, at)
    }

    /// Takes over the run that holds the lease: its id, and the next epoch.
    fn adopt(&mut self, lease: &Lease) {
        self.run.clone_from(&lease.run);
        self.epoch = lease.epoch.saturating_add(1);
    }
}

fn state_word(state: LeaseState) -> &'static str {
    match state {
        LeaseState::Running => "under way or dead",
        LeaseState::Held => "held",
    }
}
